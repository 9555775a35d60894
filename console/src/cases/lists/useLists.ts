/** Lists of problems (销号制): one person puts right, a second one looks and strikes off. */

import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type ComputedRef, type MaybeRefOrGetter, toValue } from 'vue'

import { api, ask, type Got, type ItemOf } from '@/api/client'
import { useFilters } from '@/api/filters'
import { type Keyset, useKeyset } from '@/api/paging'
import type { Me } from '@/session/store'

export type List = ItemOf<'/api/staff/v1/problem-lists'>
export type Detail = Got<'/api/staff/v1/problem-lists/{list_id}'>
export type Problem = Detail['problems'][number]

export function useLists(): { list: Keyset<List>; filters: { which: string }; active: ComputedRef<number>; clear: () => void } {
  const { filters, active, clear } = useFilters({ which: 'open' })
  const list = useKeyset(
    () => ['problem-lists', { ...filters }],
    ({ cursor, signal }) => {
      const which = filters.which === 'all' ? {} : { is_open: filters.which === 'open' }
      return ask(api.GET('/api/staff/v1/problem-lists', { signal, params: { query: { ...which, cursor, limit: 30 } } }))
    },
  )
  return { list, filters, active, clear }
}

export function useList(id: MaybeRefOrGetter<string>) {
  const queries = useQueryClient()
  const query = useQuery({
    queryKey: computed(() => ['problem-list', toValue(id)]),
    queryFn: ({ signal }) => ask(api.GET('/api/staff/v1/problem-lists/{list_id}', { signal, params: { path: { list_id: toValue(id) } } })),
  })
  const renew = (): Promise<unknown> => Promise.all(['problem-list', 'problem-lists', 'problems', 'notices'].map((key) => queries.invalidateQueries({ queryKey: [key] })))
  return { query, renew }
}

export type ProblemAct = 'finish' | 'strike_off' | 'return' | 'change' | 'link'

/** What the reader can do with a problem by its state, his name and his permissions; the API has the last word. */
export function acts(one: Pick<Problem, 'state' | 'responsible_id' | 'done_by'>, me: Pick<Me, 'id' | 'name'> | null, can: (permission: string) => boolean): ProblemAct[] {
  const isSecond = one.responsible_id !== me?.id && one.done_by !== me?.name
  const told: ProblemAct[] = []
  if (one.state === 'open' && one.responsible_id === me?.id) told.push('finish')
  if (one.state === 'done' && can('cases.strike') && isSecond) told.push('strike_off', 'return')
  if (one.state === 'open' && can('cases.assign')) told.push('change')
  if (one.state !== 'struck_off' && (one.responsible_id === me?.id || can('cases.assign'))) told.push('link')
  return told
}
