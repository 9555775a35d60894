/** What came of a visit: who was there, the minutes edition by edition, promises with their cases, the owners' word. */

import { useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'

import { api, ask, type Got } from '@/api/client'

export type Report = Got<'/api/staff/v1/visits/{visit_id}/report'>
export type Edition = Report['editions'][number]
export type Promised = Report['promises'][number]
export type Word = Report['confirmations'][number]

/** Nothing came of it before somebody arrived, or was noted as missing. */
const HAS_ONE = new Set(['arrived', 'reported', 'closed', 'no_show_owner', 'no_show_staff'])

export function useReport(id: MaybeRefOrGetter<string>, state: MaybeRefOrGetter<string | undefined>) {
  return useQuery({
    queryKey: computed(() => ['visit', toValue(id), 'report']),
    queryFn: ({ signal }) => ask(api.GET('/api/staff/v1/visits/{visit_id}/report', { signal, params: { path: { visit_id: toValue(id) } } })),
    enabled: computed(() => HAS_ONE.has(toValue(state) ?? '')),
  })
}
