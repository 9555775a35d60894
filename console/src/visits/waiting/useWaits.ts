/** Who waits for an earlier time: in the order of the line, or whoever no longer does. */

import type { ComputedRef } from 'vue'

import { api, ask, type ItemOf } from '@/api/client'
import { chosen, useFilters } from '@/api/filters'
import { type Keyset, useKeyset } from '@/api/paging'
import type { Tone } from '@/components/StateTag.vue'

export type Wait = ItemOf<'/api/staff/v1/visit-waits'>
type State = 'waiting' | 'served' | 'left' | 'ended'

export const TONES: Readonly<Record<string, Tone>> = { waiting: 'wait', served: 'good' }
export const OFFER_TONES: Readonly<Record<string, Tone>> = { open: 'wait', accepted: 'good' }

const NO_FILTERS = { state: 'waiting', district: '' }

export function useWaits(): { list: Keyset<Wait>; filters: typeof NO_FILTERS; active: ComputedRef<number>; clear: () => void } {
  const { filters, active, clear } = useFilters(NO_FILTERS)
  const list = useKeyset(
    () => ['visit-waits', { ...filters }],
    ({ cursor, signal }) => {
      const { state, district } = chosen(filters) as { state: State | 'all'; district?: string }
      const query = { ...(state === 'all' ? {} : { state }), ...(district ? { district } : {}), cursor, limit: 30 }
      return ask(api.GET('/api/staff/v1/visit-waits', { signal, params: { query } }))
    },
  )
  return { list, filters, active, clear }
}
