/** How the service runs, renewed by itself without keeping a session alive, and the alerts that are open. */

import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type ComputedRef, type Ref, watch } from 'vue'

import { api, ask, type Got, type ItemOf, UNATTENDED } from '@/api/client'
import { useFilters } from '@/api/filters'
import { type Keyset, useKeyset } from '@/api/paging'
import { ALARMS } from '@/shell/signals'

export type Health = Got<'/api/staff/v1/health'>
export type Alert = ItemOf<'/api/staff/v1/alerts'>
export type Which = 'open' | 'all'

const EVERY = 15_000
const ALERTS = ['alerts'] as const

export function useHealth(isLive: Ref<boolean>) {
  const queries = useQueryClient()
  const health = useQuery({
    queryKey: ['health'],
    queryFn: ({ signal }) => ask(api.GET('/api/staff/v1/health', { signal, headers: UNATTENDED })),
    refetchInterval: computed(() => (isLive.value ? EVERY : false)),
    staleTime: 0,
  })
  // what the figures are about stands below them, so both are of the same moment
  watch(health.dataUpdatedAt, () => queries.invalidateQueries({ queryKey: ALERTS }))
  return health
}

export function useAlerts(): {
  list: Keyset<Alert>
  filters: { alerts: Which }
  active: ComputedRef<number>
  clear: () => void
  refresh: () => Promise<unknown>
} {
  const queries = useQueryClient()
  const { filters, active, clear } = useFilters({ alerts: 'open' as Which })
  const list = useKeyset(
    () => [...ALERTS, { ...filters }],
    ({ cursor, signal }) =>
      ask(
        api.GET('/api/staff/v1/alerts', {
          signal,
          headers: UNATTENDED,
          params: { query: { state: filters.alerts, cursor, limit: 30 } },
        }),
      ),
  )
  const refresh = (): Promise<unknown> =>
    Promise.all([queries.invalidateQueries({ queryKey: ALERTS }), queries.invalidateQueries({ queryKey: ALARMS })])
  return { list, filters, active, clear, refresh }
}
