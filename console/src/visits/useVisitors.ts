/** Who makes visits. */

import { computed, type ComputedRef, type Ref } from 'vue'

import { today } from '@/absences/useAbsences'

import { useCalendar } from './calendar/useSpan'

export interface Visitor {
  id: string
  name: string
}

export function useVisitors(): { visitors: ComputedRef<readonly Visitor[]>; isLoading: Ref<boolean> } {
  const on = today()
  const query = useCalendar({ first: on, last: on, unit: '' })
  return { visitors: computed(() => query.data.value?.staff ?? []), isLoading: query.isPending }
}
