/** How the working calendar has the days that are shown. */

import { useQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef, type MaybeRefOrGetter, toValue } from 'vue'

import { api, ask } from '@/api/client'

import { type DayMark, markOf } from './marks'

const HOUR = 3_600_000

function useYear(year: () => number) {
  return useQuery({
    queryKey: computed(() => ['calendar', year()]),
    queryFn: ({ signal }) => ask(api.GET('/api/staff/v1/working-calendar', { signal, params: { query: { year: year() } } })),
    staleTime: HOUR,
  })
}

/** Of each day shown, at the turn of the year too. */
export function useMarks(days: MaybeRefOrGetter<readonly string[]>): ComputedRef<ReadonlyMap<string, DayMark>> {
  const yearOf = (at: number): number => Number(toValue(days).at(at)?.slice(0, 4))
  const [first, last] = [useYear(() => yearOf(0)), useYear(() => yearOf(-1))]
  return computed(() => {
    const shown = new Set(toValue(days))
    const told = [...(first.data.value?.days ?? []), ...(last.data.value?.days ?? [])].filter(({ day }) => shown.has(day))
    return new Map(told.map((day) => [day.day, markOf(day)]))
  })
}
