/**
 * Draws the order of the banks again, in the browser alone: a lot is SHA-256 of `seed:id` in hexadecimal; what fits comes
 * before what may fit, and that before what does not; within each the banks by their lots, a bank's products by theirs.
 * The API does the same when a need is submitted (`backend/financing/catalogue/ordering.py`).
 */

export interface Drawn {
  position: number
  institution_id: string
  institution: string
  product_id: string
  product: string
  answer: string
  lot: string
  product_lot: string
}

export interface Seeded {
  seed: string
  items: readonly Drawn[]
}

export interface Line {
  told: Drawn
  /** What this browser drew. */
  lot: string
  productLot: string
  position: number
  isSame: boolean
}

const RANKS = ['yes', 'maybe', 'no']
const HEX = 16

export async function lotOf(seed: string, id: string): Promise<string> {
  const drawn = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`${seed}:${id.toLowerCase()}`))
  return [...new Uint8Array(drawn)].map((one) => one.toString(HEX).padStart(2, '0')).join('')
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

/** Every line with what was told of it and what was drawn now, in the order drawn now. */
export async function drawn({ seed, items }: Seeded): Promise<Line[]> {
  const lots = await Promise.all(items.map(async (told) => ({ told, lot: await lotOf(seed, told.institution_id), productLot: await lotOf(seed, told.product_id) })))
  const rank = (answer: string): number => RANKS.indexOf(answer)
  lots.sort((a, b) => rank(a.told.answer) - rank(b.told.answer) || compare(a.lot, b.lot) || compare(a.productLot, b.productLot))
  return lots.map((one, nth) => {
    const position = nth + 1
    return { ...one, position, isSame: one.told.position === position && one.told.lot === one.lot && one.told.product_lot === one.productLot }
  })
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

function isDrawn(value: unknown): value is Drawn {
  const one = value as Drawn
  return typeof value === 'object' && value !== null && Number.isInteger(one.position) && RANKS.includes(one.answer) && [one.institution_id, one.product_id, one.lot, one.product_lot].every(isText)
}

/** What somebody was told by the API and pasted here; null for anything else. */
export function read(text: string): Seeded | null {
  try {
    const told = JSON.parse(text) as Seeded
    return isText(told.seed) && Array.isArray(told.items) && told.items.length > 0 && told.items.every(isDrawn) ? told : null
  } catch {
    return null
  }
}
