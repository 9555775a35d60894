/** Salons by state, words, series, place and time, as the address asks for them. */

import { computed } from 'vue'

import { today } from '@/absences/useAbsences'
import { api, ask } from '@/api/client'
import { useFilters } from '@/api/filters'
import { useKeyset } from '@/api/paging'
import type { paths } from '@/api/schema'

import { PATH } from '../useSalons'
import { ends, monthOf } from './month'

type Query = NonNullable<paths['/api/staff/v1/salons']['get']['parameters']['query']>

const EACH = 30
/** A month is shown whole, as far as the API's longest page goes. */
const A_MONTH = 100

export function useList() {
  const { filters } = useFilters({ view: 'list', month: '', q: '', state: '', topic: '', series: '', district: '', first: '', last: '' })
  const isMonth = computed(() => filters.view === 'month')
  const month = computed({ get: () => monthOf(filters.month, today()), set: (to: string) => (filters.month = to === monthOf('', today()) ? '' : to) })
  const days = computed(() => (isMonth.value ? ends(month.value) : { first: filters.first, last: filters.last }))
  // as the API wants it; what the address says wrongly it refuses itself
  const query = computed(() => {
    const { q, state, topic, series, district } = filters
    const { first, last } = days.value
    return {
      ...(q && { q }),
      ...(state && { state: [state] }),
      ...(topic && { topic }),
      ...(series && { series_id: series }),
      ...(district && { district }),
      ...(first && { first }),
      ...(last && { last }),
    } as Query
  })
  const list = useKeyset(
    () => ['salons', query.value, isMonth.value],
    ({ cursor, signal }) => ask(api.GET(PATH, { signal, params: { query: { ...query.value, limit: isMonth.value ? A_MONTH : EACH, ...(cursor && { cursor }) } } })),
  )
  const narrowing = computed(() => ['q', 'state', 'topic', 'series', 'district', ...(isMonth.value ? [] : ['first', 'last'])] as const)
  const active = computed(() => narrowing.value.filter((name) => filters[name as keyof typeof filters]).length)
  const clear = (): void => void Object.assign(filters, { q: '', state: '', topic: '', series: '', district: '', first: '', last: '' })
  return { filters, isMonth, month, list, active, clear }
}
