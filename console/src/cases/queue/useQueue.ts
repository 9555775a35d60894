/** The queues: how many stand in each, one of them page by page, narrowed as its address says. */

import { useQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef } from 'vue'

import { api, ask, type ItemOf, UNATTENDED } from '@/api/client'
import { chosen, useFilters } from '@/api/filters'
import { type Keyset, useKeyset } from '@/api/paging'
import type { paths } from '@/api/schema'
import { useSession } from '@/session/store'

const BASE = '/api/staff/v1/cases'
const EACH = 30
/** Counts are asked for by the page itself, so they keep no session alive. */
const AGAIN = 60_000

export type Row = ItemOf<'/api/staff/v1/cases'>
export type QueueCount = ItemOf<'/api/staff/v1/cases/counts'>
type Query = NonNullable<paths[typeof BASE]['get']['parameters']['query']>

const NO_FILTERS = {
  queue: 'mine',
  sort: 'due',
  q: '',
  state: '',
  category: '',
  district: '',
  unit: '',
  handler: '',
  channel: '',
  urgency: '',
  origin: '',
  enterprise: '',
  from: '',
  to: '',
}
export type Wanted = typeof NO_FILTERS

export function useQueue(): {
  list: Keyset<Row>
  filters: Wanted
  active: ComputedRef<number>
  clear: () => void
  counts: ComputedRef<readonly QueueCount[]>
  exportHref: (format: 'csv' | 'xlsx') => string
} {
  const session = useSession()
  // whoever handles nothing has none of his own
  const defaults = { ...NO_FILTERS, queue: session.can('cases.handle') ? 'mine' : 'all' }
  const { filters } = useFilters(defaults)
  const list = useKeyset(
    () => ['cases', 'queue', { ...filters }],
    ({ cursor, signal }) => ask(api.GET(BASE, { signal, params: { query: { ...asked(filters), cursor, limit: EACH } } })),
  )
  const told = useQuery({
    queryKey: ['cases', 'counts'],
    queryFn: ({ signal }) => ask(api.GET(`${BASE}/counts`, { signal, headers: UNATTENDED })),
    refetchInterval: AGAIN,
  })
  return {
    list,
    filters,
    active: computed(() => narrowing(filters).length),
    clear: () => Object.assign(filters, { ...NO_FILTERS, queue: filters.queue, sort: filters.sort }),
    counts: computed(() => told.data.value?.items ?? []),
    exportHref: (format) => `${BASE}/export?${new URLSearchParams({ ...(asked(filters) as Record<string, string>), format })}`,
  }
}

/** What of the filters narrows the queue: which queue it is, and its order, do not. */
export function narrowing(filters: Wanted): string[] {
  return Object.keys(chosen(filters)).filter((name) => name !== 'queue' && name !== 'sort')
}

/** As the API wants it; what the address says wrongly it refuses itself. */
function asked(filters: Wanted): Query {
  return chosen(filters) as Query
}

export const badge = (one: Pick<QueueCount, 'count' | 'is_at_least'>): string => (one.is_at_least ? `${one.count}+` : String(one.count))
