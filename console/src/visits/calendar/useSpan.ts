/** The calendar of some days as the API tells it, and the question of a list of visits. */

import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'

import { api, ask, type Got } from '@/api/client'
import type { paths } from '@/api/schema'

export type Calendar = Got<'/api/staff/v1/visit-calendar'>
export type Booked = Calendar['visits'][number]
export type Shift = Calendar['shifts'][number]

const AGAIN = 60_000

export function useCalendar(span: MaybeRefOrGetter<{ first: string; last: string; unit: string }>) {
  return useQuery({
    queryKey: computed(() => ['visit-calendar', toValue(span)]),
    queryFn: ({ signal }) => {
      const { first, last, unit } = toValue(span)
      return ask(api.GET('/api/staff/v1/visit-calendar', { signal, params: { query: { from: first, until: last, ...(unit && { unit }) } } }))
    },
    placeholderData: keepPreviousData,
    staleTime: AGAIN,
  })
}

export interface Listed {
  first: string
  last: string
  state: string
  staff: string
  unit: string
}

type Query = paths['/api/staff/v1/visits']['get']['parameters']['query']

/** As the API wants it; what the address says wrongly it refuses itself. */
export function asked({ first, last, state, staff, unit }: Listed): Query {
  return { first, last, ...(state && { state: [state] }), ...(staff && { staff_id: staff }), ...(unit && { unit_id: unit }) } as Query
}
