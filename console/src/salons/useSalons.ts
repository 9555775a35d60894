/** Salons: one of them as it stands, the series they belong to, and commands that tell what happened meanwhile. */

import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'

import { api, ask, type Got, ifMatch, type ItemOf } from '@/api/client'
import { versioned } from '@/components/acting'

export const PATH = '/api/staff/v1/salons'
export const SERIES = '/api/staff/v1/salon-series'

export type Salon = Got<'/api/staff/v1/salons/{salon_id}'>
export type Listed = ItemOf<'/api/staff/v1/salons'>
export type Series = ItemOf<'/api/staff/v1/salon-series'>

/** Where a command goes: to this salon, for the version that its writer saw. */
export interface At {
  path: { salon_id: string }
  header: { 'If-Match': string }
}

export type Sending = <T>(send: (at: At) => Promise<T>) => Promise<T>

/** What a command on a salon may have changed elsewhere; what is asked of one salon begins with `['salon', id]`. */
const TOUCHED = ['salons', 'salon-series', 'salon-figures', 'salon-signup', 'salon-no-shows', 'notices']
const MINUTE = 60_000

/** Everything that hangs on salons is asked for anew. */
export function useRenewal(): (id?: string) => Promise<unknown> {
  const queries = useQueryClient()
  return (id) => Promise.all([...(id ? [['salon', id]] : []), ...TOUCHED.map((one) => [one])].map((queryKey) => queries.invalidateQueries({ queryKey })))
}

export function fetchSalon(id: string, signal?: AbortSignal): Promise<Salon> {
  return ask(api.GET(`${PATH}/{salon_id}`, { ...(signal && { signal }), params: { path: { salon_id: id } } }))
}

export function useSalon(id: MaybeRefOrGetter<string>) {
  const renewal = useRenewal()
  const query = useQuery({
    queryKey: computed(() => ['salon', toValue(id)]),
    queryFn: ({ signal }) => fetchSalon(toValue(id), signal),
  })
  return { query, one: computed(() => query.data.value), renew: () => renewal(toValue(id)) }
}

export function sending(one: () => Salon, renew: () => Promise<unknown>): Sending {
  const send = versioned(one, renew)
  return (act) => send((version) => act({ path: { salon_id: one().id }, header: ifMatch(version) }))
}

/** The series that one sees, also those that get no new salons. */
export function useSeries() {
  const query = useQuery({
    queryKey: ['salon-series'],
    queryFn: ({ signal }) => ask(api.GET(SERIES, { signal })),
    staleTime: MINUTE,
  })
  return { query, series: computed(() => query.data.value?.items ?? []) }
}
