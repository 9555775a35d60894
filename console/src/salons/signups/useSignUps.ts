/** A salon's sign-ups: the list with its filters, one with its answers, and what is decided on many of them at once. */

import { useQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef, type MaybeRefOrGetter, toValue } from 'vue'

import { api, ask, type ItemOf, type Once, UNATTENDED } from '@/api/client'
import { chosen, useFilters } from '@/api/filters'
import { type Keyset, useKeyset } from '@/api/paging'

const OF_SALON = '/api/staff/v1/salons/{salon_id}/signups'
export const SIGNUP = '/api/staff/v1/salon-signups/{signup_id}'
const PAGE = 50
const MOST_A_PAGE = 100

export type SignUp = ItemOf<typeof OF_SALON>
export type State = SignUp['state']
export type Verdict = 'approve' | 'refuse' | 'remove'
/** What became of one of many: `detail` says why nothing did. */
export interface Decided {
  id: string
  state: string | null
  detail: string | null
}

interface Query {
  state?: ('pending' | 'confirmed' | 'attended')[]
  way?: 'hall' | 'online'
  district?: string
  q?: string
}

interface Filters {
  state: string
  way: string
  district: string
  q: string
}

export function useSignUps(id: MaybeRefOrGetter<string>): { list: Keyset<SignUp>; filters: Filters; active: ComputedRef<number>; clear: () => void } {
  const { filters, active, clear } = useFilters({ state: '', way: '', district: '', q: '' })
  const list = useKeyset(
    () => ['salon', toValue(id), 'signups', { ...filters }],
    ({ cursor, signal }) => {
      const { state, ...rest } = chosen({ ...filters })
      const wanted = { ...rest, ...(state && { state: [state] }) } as Query
      return ask(api.GET(OF_SALON, { signal, params: { path: { salon_id: toValue(id) }, query: { ...wanted, cursor, limit: PAGE } } }))
    },
  )
  return { list, filters, active, clear }
}

export function useSignUp(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ['salon-signup', toValue(id)]),
    queryFn: ({ signal }) => ask(api.GET(SIGNUP, { signal, params: { path: { signup_id: toValue(id) } } })),
  })
}

/** All that may come in, page by page; `most` bounds what a device takes on. */
export async function everyone(id: string, query: Query, most: number, signal?: AbortSignal): Promise<SignUp[]> {
  const found: SignUp[] = []
  let cursor: string | undefined
  do {
    const page = await ask(
      api.GET(OF_SALON, { ...(signal && { signal }), headers: UNATTENDED, params: { path: { salon_id: id }, query: { ...query, ...(cursor && { cursor }), limit: MOST_A_PAGE } } }),
    )
    found.push(...page.items)
    cursor = page.next ?? undefined
  } while (cursor && found.length < most)
  return found
}

const FROM: Readonly<Record<Verdict, ReadonlySet<string>>> = {
  approve: new Set(['pending']),
  refuse: new Set(['pending']),
  remove: new Set(['pending', 'confirmed', 'waiting', 'offered']),
}

/** Whether this can still be decided of a sign-up as it stood when it was read. */
export const isOpenTo = (verdict: Verdict, state: string): boolean => FROM[verdict].has(state)
export const isOpen = (state: string): boolean => FROM.remove.has(state)

/** Sends one verdict for many; each of them has an outcome of its own. */
export async function decide(salon: string, verdict: Verdict, ids: string[], reason: string, headers: Once): Promise<Decided[]> {
  const params = { path: { salon_id: salon } }
  if (verdict === 'approve') return (await ask(api.POST(`${OF_SALON}/approve`, { params, headers, body: { ids } }))).items
  return (await ask(api.POST(verdict === 'refuse' ? `${OF_SALON}/refuse` : `${OF_SALON}/remove`, { params, headers, body: { ids, reason } }))).items
}
