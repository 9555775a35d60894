/** Problems of all lists, the next due first; giving one to another person or another day. */

import type { ComputedRef } from 'vue'

import { api, ask, type ItemOf, type Schemas } from '@/api/client'
import { useFilters } from '@/api/filters'
import { type Keyset, useKeyset } from '@/api/paging'

export type Problem = ItemOf<'/api/staff/v1/problems'>
export type State = 'open' | 'done' | 'struck_off'

interface Wanted {
  state: string
  whose: string
  overdue: boolean
}

/** `whose`: one's own, unless asked for everybody's. */
export function useProblems(): { list: Keyset<Problem>; filters: Wanted; active: ComputedRef<number>; clear: () => void } {
  const { filters, active, clear } = useFilters({ state: 'open', whose: 'mine', overdue: false })
  const list = useKeyset(
    () => ['problems', { ...filters }],
    ({ cursor, signal }) => {
      const query = {
        ...(filters.state !== 'all' && { state: filters.state as State }),
        ...(filters.whose === 'mine' && { mine: true }),
        ...(filters.overdue && { overdue: true }),
      }
      return ask(api.GET('/api/staff/v1/problems', { signal, params: { query: { ...query, cursor, limit: 30 } } }))
    },
  )
  return { list, filters, active, clear }
}

export interface Change {
  responsible_id: string
  days: number | undefined
  measures: string
  reason: string
}

type Standing = Pick<Problem, 'responsible_id' | 'measures'>

/** Only what is to be otherwise: a deadline that is not named stays as it is. */
export function changed(one: Standing, change: Change): Schemas['ChangeProblem'] {
  return {
    reason: change.reason,
    ...(change.responsible_id && change.responsible_id !== one.responsible_id && { responsible_id: change.responsible_id }),
    ...(change.days !== undefined && { days: change.days }),
    ...(change.measures.trim() && change.measures !== one.measures && { measures: change.measures }),
  }
}

export function checkChange(one: Standing, change: Change): Record<string, string | undefined> {
  const isSame = Object.keys(changed(one, change)).length === 1
  return {
    responsible_id: isSame ? '责任人、期限、措施至少调整一项。' : undefined,
    reason: change.reason.trim() ? undefined : '请写明调整的理由。',
  }
}
