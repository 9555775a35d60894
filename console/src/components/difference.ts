/** What was left out and what was put in between two texts. */

export interface Piece {
  kind: 'same' | 'out' | 'in'
  text: string
}

const MOST_CELLS = 4_000_000

/** The longest common run of tokens keeps its place; the rest is left out or put in. */
export function compared(before: readonly string[], after: readonly string[]): Piece[] {
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1
  let end = 0
  while (end < before.length - start && end < after.length - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1
  const middle = inside(before.slice(start, before.length - end), after.slice(start, after.length - end))
  return joined([
    ...before.slice(0, start).map((text) => ({ kind: 'same' as const, text })),
    ...middle,
    ...before.slice(before.length - end).map((text) => ({ kind: 'same' as const, text })),
  ])
}

function inside(before: readonly string[], after: readonly string[]): Piece[] {
  const all = [...before.map((text) => ({ kind: 'out' as const, text })), ...after.map((text) => ({ kind: 'in' as const, text }))]
  if (before.length === 0 || after.length === 0 || before.length * after.length > MOST_CELLS) return all
  const width = after.length + 1
  const longest = new Uint32Array((before.length + 1) * width)
  const at = (row: number, column: number): number => longest[row * width + column] ?? 0
  for (let row = before.length - 1; row >= 0; row -= 1) {
    for (let column = after.length - 1; column >= 0; column -= 1) {
      longest[row * width + column] =
        before[row] === after[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1))
    }
  }
  const found: Piece[] = []
  let [row, column] = [0, 0]
  while (row < before.length || column < after.length) {
    const [one, other] = [before[row], after[column]]
    if (one !== undefined && one === other) {
      found.push({ kind: 'same', text: one })
      row += 1
      column += 1
    } else if (one !== undefined && (other === undefined || at(row + 1, column) >= at(row, column + 1))) {
      found.push({ kind: 'out', text: one })
      row += 1
    } else if (other !== undefined) {
      found.push({ kind: 'in', text: other })
      column += 1
    }
  }
  return found
}

function joined(pieces: readonly Piece[]): Piece[] {
  const found: Piece[] = []
  for (const piece of pieces) {
    const last = found.at(-1)
    if (last?.kind === piece.kind) last.text += piece.text
    else found.push({ ...piece })
  }
  return found
}

const SHORT = 1500

/** Short texts sign by sign, long ones line by line. */
export function differenceOf(before: string, after: string, by: 'signs' | 'lines' = 'signs'): Piece[] {
  if (by === 'signs' && before.length <= SHORT && after.length <= SHORT) return compared([...before], [...after])
  const lines = (text: string): string[] => (text === '' ? [] : text.split(/(?<=\n)/))
  const ended = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`)
  return compared(lines(ended(before)), lines(ended(after)))
}
