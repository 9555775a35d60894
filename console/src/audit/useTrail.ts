/** The trail with its filters, and the same filters as the address of its file. */

import { computed, type ComputedRef } from 'vue'

import { api, ask, type Got, type ItemOf } from '@/api/client'
import { chosen, useFilters } from '@/api/filters'
import { type Keyset, useKeyset } from '@/api/paging'

export type Entry = ItemOf<'/api/staff/v1/audit'>
export type Verdict = Got<'/api/staff/v1/audit/verification'>

export interface TrailFilters {
  actor: string
  table: string
  row: string
  action: string
  /** Moments in Huzhou as the picker writes them, 2026-11-22T15:04; `to` itself is left out. */
  from: string
  to: string
}

const NOTHING: TrailFilters = { actor: '', table: '', row: '', action: '', from: '', to: '' }
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/

/** The filters as the API takes them: with the zone, and without what was not chosen. */
export function asked(filters: TrailFilters): Partial<TrailFilters> {
  const zoned = (at: string): string => (MOMENT.test(at) ? `${at}:00+08:00` : at)
  return chosen({ ...filters, from: zoned(filters.from), to: zoned(filters.to) })
}

export function useTrail(): {
  list: Keyset<Entry>
  filters: TrailFilters
  active: ComputedRef<number>
  clear: () => void
  file: ComputedRef<string>
} {
  const { filters, active, clear } = useFilters({ ...NOTHING })
  const list = useKeyset(
    () => ['audit', { ...filters }],
    ({ cursor, signal }) =>
      ask(api.GET('/api/staff/v1/audit', { signal, params: { query: { ...asked(filters), cursor, limit: 50 } } })),
  )
  const file = computed(() => `/api/staff/v1/audit/export?${new URLSearchParams(asked(filters)).toString()}`)
  return { list, filters, active, clear, file }
}
