/** Needs without names, by what is shown of them; the filters stand in the address. */

import { useQueryClient } from '@tanstack/vue-query'

import { api, ask, type ItemOf } from '@/api/client'
import { chosen, useFilters } from '@/api/filters'
import { useKeyset } from '@/api/paging'
import type { paths } from '@/api/schema'

export type Listing = ItemOf<'/api/partner/v1/listings'>
type Query = paths['/api/partner/v1/listings']['get']['parameters']['query']

export function useListings() {
  const queries = useQueryClient()
  const { filters, active, clear } = useFilters({ district: '', industry: '', size: '', amount_band: '', months_band: '', purpose: '', collateral: '', is_signalled: '' })
  const list = useKeyset<Listing>(
    () => ['bank-listings', { ...filters }],
    ({ cursor, signal }) => {
      const query = { ...chosen(filters), cursor, limit: 30 } as Query
      return ask(api.GET('/api/partner/v1/listings', { signal, params: { query } }))
    },
  )
  return { list, filters, active, clear, renew: () => queries.invalidateQueries({ queryKey: ['bank-listings'] }) }
}
