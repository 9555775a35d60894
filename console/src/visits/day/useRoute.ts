/** One's own day: the visits in their order, with the ways between them. */

import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'

import { api, ask, type Got } from '@/api/client'

export type Day = Got<'/api/staff/v1/visit-route'>
export type Stop = Day['items'][number]

export function useDay(day: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ['visit-route', toValue(day)]),
    queryFn: ({ signal }) => ask(api.GET('/api/staff/v1/visit-route', { signal, params: { query: { day: toValue(day) } } })),
    placeholderData: keepPreviousData,
  })
}

/** What comes next: the first that is not over by the clock and still wants doing. */
export function nextOf(stops: readonly Stop[], now: number): Stop | undefined {
  return stops.find(({ state, ends_at: ends }) => ['requested', 'confirmed', 'arrived'].includes(state) && Date.parse(ends) > now)
}

/** What the visitor does next with a stop; the visit's page says whether he may already. */
export function actOf(state: string): { act: 'arrive' | 'report'; label: string } | null {
  if (state === 'confirmed') return { act: 'arrive', label: '登记到访' }
  return state === 'arrived' ? { act: 'report', label: '填写记录' } : null
}
