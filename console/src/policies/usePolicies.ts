/** The policy library as a list. */

import type { ComputedRef } from 'vue'

import { api, ask, type ItemOf } from '@/api/client'
import { chosen, useFilters } from '@/api/filters'
import { type Keyset, useKeyset } from '@/api/paging'

export type Listed = ItemOf<'/api/staff/v1/policies'>

interface Wanted {
  q: string
  state: string
  category: string
  action: string
  level: string
}

export function usePolicies(): { list: Keyset<Listed>; filters: Wanted; active: ComputedRef<number>; clear: () => void } {
  const { filters, active, clear } = useFilters({ q: '', state: '', category: '', action: '', level: '' })
  const list = useKeyset(
    () => ['policies', { ...filters }],
    ({ cursor, signal }) =>
      ask(api.GET('/api/staff/v1/policies', { signal, params: { query: { ...chosen(filters), cursor, limit: 30 } } })),
  )
  return { list, filters, active, clear }
}
