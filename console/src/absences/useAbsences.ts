/** Who is away and when: one's own days, everybody's for who manages them, and what somebody knows. */

import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'

import { api, ask, type ItemOf, type Once, type Schemas } from '@/api/client'
import { confirmAct } from '@/components/confirm'
import { day } from '@/components/moment'
import type { Tone } from '@/components/StateTag.vue'
import { tell } from '@/components/tell'

export type Absence = ItemOf<'/api/staff/v1/absences'>
export type Told = Schemas['TellAbsence']

const MS_A_DAY = 86_400_000
export const today = (): string => day(new Date().toISOString())

/** Days later, or earlier, by the calendar. */
export function after(from: string, days: number): string {
  return new Date(Date.parse(`${from}T00:00:00Z`) + days * MS_A_DAY).toISOString().slice(0, 10)
}

export type Standing = 'now' | 'ahead' | 'over'

export function standing(one: Pick<Absence, 'from_on' | 'until_on'>, on: string): Standing {
  if (one.until_on < on) return 'over'
  return one.from_on > on ? 'ahead' : 'now'
}

export const WORDS: Readonly<Record<Standing, { word: string; tone: Tone }>> = {
  now: { word: '不在岗', tone: 'wait' },
  ahead: { word: '未开始', tone: 'brand' },
  over: { word: '已结束', tone: 'info' },
}

export function useOwn() {
  return useQuery({ queryKey: ['absences', 'own'], queryFn: ({ signal }) => ask(api.GET('/api/staff/v1/absences', { signal })) })
}

export interface Span {
  first: string
  last: string
  staff_id: string
}

export function useListed(span: MaybeRefOrGetter<Span>) {
  return useQuery({
    queryKey: computed(() => ['absences', { ...toValue(span) }]),
    queryFn: ({ signal }) => {
      const { staff_id: id, ...days } = toValue(span)
      return ask(api.GET('/api/staff/v1/staff/absences', { signal, params: { query: { ...days, ...(id && { staff_id: id }) } } }))
    },
  })
}

/** Tells an absence of one's own, or of somebody else's. */
export function send(staffId: string | null, body: Told, headers: Once): Promise<unknown> {
  if (staffId === null) return ask(api.POST('/api/staff/v1/absences', { headers, body }))
  return ask(api.POST('/api/staff/v1/staff/{staff_id}/absences', { params: { path: { staff_id: staffId } }, headers, body }))
}

export function useRenewal(): () => Promise<unknown> {
  const queries = useQueryClient()
  return () => queries.invalidateQueries({ queryKey: ['absences'] })
}

/** Takes one back that has not begun, ends one that has; `isOwn` says by which door. */
export function useWithdrawing(isOwn: boolean): (one: Absence) => Promise<void> {
  const renew = useRenewal()
  return async (one) => {
    const hasBegun = one.from_on < today()
    const label = hasBegun ? '提前结束' : '撤回登记'
    const who = isOwn ? '您' : one.name
    const isDone = await confirmAct({
      title: label,
      effects: [
        hasBegun ? `登记改为到昨天为止，从今天起${who}在岗。` : `${one.from_on} 至 ${one.until_on} 的登记撤回，${who}照常在岗。`,
        '此后可以接到分派的事项；已经转给别人的不会转回。',
      ],
      label,
      perform: () =>
        isOwn
          ? ask(api.DELETE('/api/staff/v1/absences/{absence_id}', { params: { path: { absence_id: one.id } } }))
          : ask(api.DELETE('/api/staff/v1/staff/{staff_id}/absences/{absence_id}', { params: { path: { staff_id: one.staff_id, absence_id: one.id } } })),
    })
    if (!isDone) return
    tell(hasBegun ? '已提前结束。' : '已撤回。')
    await renew()
  }
}
