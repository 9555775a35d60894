/** One visit as it stands, what visits are made for, and commands that tell what happened meanwhile. */

import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'

import { api, ask, type Got, ifMatch, type ItemOf } from '@/api/client'
import { versioned } from '@/components/acting'

export type Visit = Got<'/api/staff/v1/visits/{visit_id}'>
export type Card = ItemOf<'/api/staff/v1/visits'>
export type Entry = Visit['events'][number]
export type Reason = ItemOf<'/api/staff/v1/visit-reasons'>

/** Where a command goes: to this visit, for the version that its clerk saw. */
export interface At {
  path: { visit_id: string }
  header: { 'If-Match': string }
}

export type Sending = <T>(send: (at: At) => Promise<T>) => Promise<T>

/** What a command on a visit may have changed elsewhere. */
const TOUCHED = ['visits', 'visit-slots', 'visit-calendar', 'visit-route', 'visit-waits', 'notices']
const HOUR = 3_600_000

/** Everything that hangs on visits is asked for anew. */
export function useRenewal(): (id?: string) => Promise<unknown> {
  const queries = useQueryClient()
  return (id) => Promise.all([...(id ? [['visit', id]] : []), ...TOUCHED.map((one) => [one])].map((queryKey) => queries.invalidateQueries({ queryKey })))
}

export function useVisit(id: MaybeRefOrGetter<string>) {
  const renewal = useRenewal()
  const query = useQuery({
    queryKey: computed(() => ['visit', toValue(id)]),
    queryFn: ({ signal }) => ask(api.GET('/api/staff/v1/visits/{visit_id}', { signal, params: { path: { visit_id: toValue(id) } } })),
  })
  return { query, one: computed(() => query.data.value), renew: () => renewal(toValue(id)) }
}

export function sending(one: () => Visit, renew: () => Promise<unknown>): Sending {
  const send = versioned(one, renew)
  return (act) => send((version) => act({ path: { visit_id: one().id }, header: ifMatch(version) }))
}

/** What visits are made for, also what is closed for booking now. */
export function useReasons() {
  const query = useQuery({
    queryKey: ['visit-reasons'],
    queryFn: ({ signal }) => ask(api.GET('/api/staff/v1/visit-reasons', { signal })),
    staleTime: HOUR,
  })
  return { query, reasons: computed(() => query.data.value?.items ?? []) }
}
