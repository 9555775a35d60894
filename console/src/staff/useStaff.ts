/** Accounts and units: the list, one account with what it leaves behind, the tree, and what may be changed. */

import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type ComputedRef, type MaybeRefOrGetter, toValue } from 'vue'

import { api, ask, type Got, type ItemOf, type Schemas } from '@/api/client'
import { chosen, useFilters } from '@/api/filters'
import { type Keyset, useKeyset } from '@/api/paging'

export type Row = ItemOf<'/api/staff/v1/staff'>
export type Person = Got<'/api/staff/v1/staff/{staff_id}'>
export type Grant = Person['grants'][number]
export type Leaving = Got<'/api/staff/v1/staff/{staff_id}/leaving'>
export type Unit = ItemOf<'/api/staff/v1/units'>
export type Credentials = Schemas['CredentialsOut']
export type Role = Schemas['Role']

interface Filters {
  state: string
  role: string
  unit: string
  text: string
}

export function usePeople(): { list: Keyset<Row>; filters: Filters; active: ComputedRef<number>; clear: () => void } {
  const { filters, active, clear } = useFilters({ state: 'active', role: '', unit: '', text: '' })
  const list = useKeyset(
    () => ['people', { ...filters }],
    ({ cursor, signal }) => {
      const { state, role, ...others } = filters
      const query = {
        ...chosen(others),
        ...(state === 'all' ? {} : { state: state as 'active' | 'left' }),
        ...(role && { role: role as Role }),
      }
      return ask(api.GET('/api/staff/v1/staff', { signal, params: { query: { ...query, cursor, limit: 30 } } }))
    },
  )
  return { list, filters, active, clear }
}

export function usePerson(id: MaybeRefOrGetter<string>) {
  const queries = useQueryClient()
  const one = useQuery({
    queryKey: computed(() => ['person', toValue(id)]),
    queryFn: ({ signal }) =>
      ask(api.GET('/api/staff/v1/staff/{staff_id}', { signal, params: { path: { staff_id: toValue(id) } } })),
  })
  return { one, refresh: () => refreshed(queries) }
}

/** What somebody's leaving ends and leaves behind; asked at the moment of the question, never kept. */
export function leavingOf(staffId: string): Promise<Leaving> {
  return ask(api.GET('/api/staff/v1/staff/{staff_id}/leaving', { params: { path: { staff_id: staffId } } }))
}

export function useUnits(withClosed: MaybeRefOrGetter<boolean> = false) {
  const queries = useQueryClient()
  const tree = useQuery({
    queryKey: computed(() => ['units', toValue(withClosed)]),
    queryFn: ({ signal }) =>
      ask(api.GET('/api/staff/v1/units', { signal, params: { query: { with_closed: toValue(withClosed) } } })),
  })
  const units = computed<readonly Unit[]>(() => tree.data.value?.items ?? [])
  return {
    tree,
    units,
    nameOf: (id: string | null) => units.value.find((one) => one.id === id)?.name ?? '已关闭的单位',
    refresh: () => refreshed(queries),
  }
}

/** People count in units and units stand on people, so a change of either shows in both. */
async function refreshed(queries: ReturnType<typeof useQueryClient>): Promise<void> {
  await Promise.all(['people', 'person', 'units'].map((key) => queries.invalidateQueries({ queryKey: [key] })))
}
