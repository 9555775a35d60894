/** Colleagues to choose from: all accounts for whoever may read them, else one's own unit and whom a matter may go to. */

import { useQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef, type MaybeRefOrGetter, toValue } from 'vue'

import { api, ask } from '@/api/client'
import { useSession } from '@/session/store'

export interface Person {
  id: string
  name: string
  unit: string | null
}

const MOST = 20
const BASE = '/api/staff/v1/colleagues'

/** Who may choose at all. */
export function mayChoose(can: (permission: string) => boolean): boolean {
  return can('staff.read') || can('cases.handle')
}

/** `text` is a part of the name, `chosen` whom one named before: he is among them though the words do not fit. */
export function useColleagues(text: MaybeRefOrGetter<string>, chosen: MaybeRefOrGetter<string>): { people: ComputedRef<readonly Person[]>; isLoading: ComputedRef<boolean>; hasFailed: ComputedRef<boolean> } {
  const session = useSession()
  const readsAll = computed(() => session.can('staff.read'))
  const found = useQuery({
    queryKey: computed(() => ['people', 'colleagues', readsAll.value, toValue(text)]),
    queryFn: async ({ signal }): Promise<readonly Person[]> => {
      const words = toValue(text)
      const query = words ? { text: words } : {}
      if (readsAll.value) return (await ask(api.GET('/api/staff/v1/staff', { signal, params: { query: { state: 'active' as const, limit: MOST, ...query } } }))).items
      return (await ask(api.GET(BASE, { signal, params: { query } }))).items
    },
  })
  const named = useQuery({
    queryKey: computed(() => ['person', 'colleague', readsAll.value, toValue(chosen)]),
    queryFn: async ({ signal }): Promise<Person | null> => {
      const id = toValue(chosen)
      if (readsAll.value) return ask(api.GET('/api/staff/v1/staff/{staff_id}', { signal, params: { path: { staff_id: id } } }))
      return (await ask(api.GET(BASE, { signal, params: { query: { id } } }))).items[0] ?? null
    },
    enabled: computed(() => toValue(chosen) !== ''),
  })
  const people = computed(() => {
    const items = found.data.value ?? []
    const kept = named.data.value
    return kept && kept.id === toValue(chosen) && !items.some(({ id }) => id === kept.id) ? [kept, ...items] : items
  })
  return { people, isLoading: computed(() => found.isFetching.value), hasFailed: computed(() => found.isError.value) }
}
