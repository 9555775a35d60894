/** The questions of one salon as its host sees them, renewed by itself; what he shows now is known to all windows of this computer. */

import { useQuery } from '@tanstack/vue-query'
import { computed, onScopeDispose, reactive, watch } from 'vue'

import { api, ask, type Got, UNATTENDED } from '@/api/client'

export type Board = Got<'/api/staff/v1/salons/{salon_id}/questions'>
export type Question = Board['items'][number]
export type Which = 'open' | 'answered' | 'checking' | 'all'

const EVERY = 4_000
const LOT = 100

export function useBoard(salon: string) {
  let isAsked = false
  const query = useQuery({
    queryKey: ['salon', salon, 'board'],
    queryFn: ({ signal }) => {
      // what the host does keeps his session alive; the clock alone does not
      const headers = isAsked ? {} : UNATTENDED
      isAsked = false
      return whole((cursor) =>
        ask(api.GET('/api/staff/v1/salons/{salon_id}/questions', { signal, headers, params: { path: { salon_id: salon }, query: { limit: LOT, ...(cursor && { cursor }) } } })),
      )
    },
    refetchInterval: EVERY,
  })
  const renew = (): Promise<unknown> => {
    isAsked = true
    return query.refetch({ cancelRefetch: true })
  }
  return { query, board: computed(() => query.data.value), renew }
}

/** All questions, lot by lot: one that waits for its answer may be among the oldest. */
export async function whole(lot: (cursor?: string) => Promise<Board>): Promise<Board> {
  const board = await lot()
  const items = [...board.items]
  for (let next = board.next; next !== null; ) {
    const more = await lot(next)
    items.push(...more.items)
    next = more.next
  }
  return { ...board, items, next: null }
}

interface Stage {
  /** The question that is shown to all. */
  now: string
  pinned: string[]
}

const EMPTY: Stage = { now: '', pinned: [] }

function parsed(text: string | null): Stage {
  try {
    const told = JSON.parse(text ?? 'null') as Partial<Stage> | null
    return { now: typeof told?.now === 'string' ? told.now : '', pinned: Array.isArray(told?.pinned) ? told.pinned.filter((one) => typeof one === 'string') : [] }
  } catch {
    return { ...EMPTY }
  }
}

/** What the host has put on: the window on the projector follows the one before him. */
export function useStage(salon: string) {
  const key = `wuwei.board.${salon}`
  const stage = reactive(parsed(localStorage.getItem(key)))
  const hear = (event: StorageEvent): void => {
    if (event.key === key) Object.assign(stage, parsed(event.newValue))
  }
  addEventListener('storage', hear)
  onScopeDispose(() => removeEventListener('storage', hear))
  watch(stage, () => localStorage.setItem(key, JSON.stringify(stage)))
  return {
    stage,
    show: (id: string) => (stage.now = id),
    pin: (id: string) => (stage.pinned = stage.pinned.includes(id) ? stage.pinned.filter((one) => one !== id) : [...stage.pinned, id]),
  }
}

/** Only these may others see. */
export const isPublic = (one: Question): boolean => one.state === 'shown'

const FITS: Readonly<Record<Which, (one: Question) => boolean>> = {
  open: (one) => isPublic(one) && !one.is_answered,
  answered: (one) => isPublic(one) && one.is_answered,
  checking: (one) => !isPublic(one),
  all: () => true,
}

/** What was pinned first, in the order of pinning; then as they were asked. */
export function lined(items: readonly Question[], which: Which, pinned: readonly string[]): Question[] {
  const rank = ({ id }: Question): number => (pinned.includes(id) ? pinned.indexOf(id) : pinned.length)
  return items.filter(FITS[which]).sort((one, other) => rank(one) - rank(other) || one.asked_at.localeCompare(other.asked_at))
}

/** The question so many steps on in the line of those that others may see; the first where none is shown. */
export function stepped(line: readonly Question[], now: string, by: 1 | -1): string {
  const at = line.findIndex(({ id }) => id === now)
  if (at < 0) return line[0]?.id ?? ''
  return line[Math.min(Math.max(at + by, 0), line.length - 1)]?.id ?? ''
}
