/** Enterprises: the search, one of them, and what stands around it. */

import { useQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef, type MaybeRefOrGetter, toValue } from 'vue'

import { api, ask, type Got, type ItemOf } from '@/api/client'
import { chosen, useFilters } from '@/api/filters'
import { type Keyset, useKeyset } from '@/api/paging'

const BASE = '/api/staff/v1/enterprises'
const HOUR = 3_600_000

export type Listed = ItemOf<'/api/staff/v1/enterprises'>
export type Enterprise = Got<'/api/staff/v1/enterprises/{enterprise_id}'>
export type Fact = Enterprise['facts'][number]
export type Bound = ItemOf<'/api/staff/v1/enterprises/{enterprise_id}/bindings'>
export type Fitting = ItemOf<'/api/staff/v1/enterprises/{enterprise_id}/policies'>
export type Happened = ItemOf<'/api/staff/v1/enterprises/{enterprise_id}/timeline'>

const NO_FILTERS = {
  text: '',
  district: '',
  town: '',
  industry: '',
  entity_type: '',
  status: '',
  size: '',
  tag: '',
  has_conflicts: false,
}
export type Wanted = typeof NO_FILTERS

export function useEnterprises(): { list: Keyset<Listed>; filters: Wanted; active: ComputedRef<number>; clear: () => void } {
  const { filters, active, clear } = useFilters(NO_FILTERS)
  const list = useKeyset(
    () => ['enterprises', { ...filters }],
    ({ cursor, signal }) => ask(api.GET(BASE, { signal, params: { query: { ...chosen(filters), cursor, limit: 30 } } })),
  )
  return { list, filters, active, clear }
}

/** Industries by code: sections, divisions, groups and classes. */
export function useIndustries(): ComputedRef<readonly (readonly [string, string])[]> {
  const query = useQuery({
    queryKey: ['codes', 'industry'],
    queryFn: ({ signal }) => ask(api.GET('/api/staff/v1/facts/{key}/codes', { signal, params: { path: { key: 'industry' } } })),
    staleTime: HOUR,
  })
  return computed(() => (query.data.value?.items ?? []).map(({ code, name }) => [code, name] as const))
}

export function useEnterprise(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ['enterprise', toValue(id)]),
    queryFn: ({ signal }) => ask(api.GET(`${BASE}/{enterprise_id}`, { signal, params: { path: { enterprise_id: toValue(id) } } })),
  })
}

/** Everything ever told about one fact; asked for when `key` is not empty. */
export function useHistory(id: MaybeRefOrGetter<string>, key: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ['enterprise', toValue(id), 'fact', toValue(key)]),
    queryFn: ({ signal }) =>
      ask(
        api.GET(`${BASE}/{enterprise_id}/facts/{key}`, {
          signal,
          params: { path: { enterprise_id: toValue(id), key: toValue(key) } },
        }),
      ),
    enabled: computed(() => toValue(key) !== ''),
  })
}

export async function revealPhone(id: string, reason: string): Promise<string> {
  const told = await ask(
    api.POST(`${BASE}/{enterprise_id}/reveal-phone`, { params: { path: { enterprise_id: id } }, body: { reason } }),
  )
  return told.phone
}

export function useFitting(id: MaybeRefOrGetter<string>, answer: MaybeRefOrGetter<string>): Keyset<Fitting> {
  return useKeyset(
    () => ['enterprise', toValue(id), 'policies', toValue(answer)],
    ({ cursor, signal }) => {
      const wanted = toValue(answer) as Fitting['answer'] | ''
      return ask(
        api.GET(`${BASE}/{enterprise_id}/policies`, {
          signal,
          params: { path: { enterprise_id: toValue(id) }, query: { ...(wanted && { answer: wanted }), cursor } },
        }),
      )
    },
  )
}

export function useBound(id: MaybeRefOrGetter<string>, withEnded: MaybeRefOrGetter<boolean>): Keyset<Bound> {
  return useKeyset(
    () => ['enterprise', toValue(id), 'bindings', toValue(withEnded)],
    ({ cursor, signal }) =>
      ask(
        api.GET(`${BASE}/{enterprise_id}/bindings`, {
          signal,
          params: { path: { enterprise_id: toValue(id) }, query: { with_ended: toValue(withEnded), cursor } },
        }),
      ),
  )
}

export function useHappened(id: MaybeRefOrGetter<string>, kinds: MaybeRefOrGetter<string[]>): Keyset<Happened> {
  return useKeyset(
    () => ['enterprise', toValue(id), 'timeline', [...toValue(kinds)]],
    ({ cursor, signal }) =>
      ask(
        api.GET(`${BASE}/{enterprise_id}/timeline`, {
          signal,
          params: { path: { enterprise_id: toValue(id) }, query: { kind: toValue(kinds) as Happened['kind'][], cursor } },
        }),
      ),
  )
}
