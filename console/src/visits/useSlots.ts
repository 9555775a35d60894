/** When somebody could come to an enterprise, fortnight by fortnight, and why there is no time where there is none. */

import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'

import { after } from '@/absences/useAbsences'
import { api, ask, type Got, type Schemas } from '@/api/client'
import { day } from '@/components/moment'

export type Slots = Got<'/api/staff/v1/visit-slots'>
export type Place = Schemas['ArrangeVisit']['place']

/** How many days are looked at in one question. */
export const DAYS = 14

export interface Wish {
  enterprise_id: string
  reason: string
  place: Place | ''
}

export interface SlotDay {
  day: string
  slots: Slots['slots']
}

export function useSlots(wish: MaybeRefOrGetter<Wish>, first: MaybeRefOrGetter<string>) {
  const asked = computed(() => {
    const { place, ...rest } = toValue(wish)
    return place && rest.enterprise_id && rest.reason ? { ...rest, place, first: toValue(first), last: after(toValue(first), DAYS - 1) } : null
  })
  const query = useQuery({
    queryKey: computed(() => ['visit-slots', asked.value]),
    queryFn: ({ signal }) => {
      if (asked.value === null) throw new Error('nothing is asked for')
      return ask(api.GET('/api/staff/v1/visit-slots', { signal, params: { query: asked.value } }))
    },
    enabled: computed(() => asked.value !== null),
    placeholderData: keepPreviousData,
  })
  return { query, days: computed(() => byDay(query.data.value?.slots ?? [])) }
}

/** Each day that has a slot, in their order. */
export function byDay(slots: Slots['slots']): SlotDay[] {
  const days = new Map<string, Slots['slots']>()
  for (const slot of slots) {
    const on = day(slot.starts_at)
    days.set(on, [...(days.get(on) ?? []), slot])
  }
  return [...days].map(([on, told]) => ({ day: on, slots: told }))
}
