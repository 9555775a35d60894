/** What is asked before something is decided on sign-ups, and how its outcome is told. */

import type { Act } from '@/components/confirm'

import { type Decided, type SignUp, decide, isOpenTo, type Verdict } from './useSignUps'

interface Saying {
  label: string
  effects: readonly string[]
  isDangerous?: boolean
}

const REASON_LIMIT = 500
const SAYINGS: Readonly<Record<Verdict, Saying>> = {
  approve: { label: '通过', effects: ['经营者会收到报名成功的通知和入场码。'] },
  refuse: { label: '不通过', effects: ['经营者会收到通知，并看到您写的理由。', '空出的席位随即按顺序给候补的企业。'], isDangerous: true },
  remove: { label: '取消报名', effects: ['经营者会收到通知，并看到您写的理由。', '已发的入场码随即作废，空出的席位按顺序给候补的企业。'], isDangerous: true },
}

export const VERDICTS = Object.keys(SAYINGS) as Verdict[]
export const labelOf = (verdict: Verdict): string => SAYINGS[verdict].label

/** The question before a verdict on some; those that it no longer fits are left out and said. */
export function question(verdict: Verdict, salon: string, picked: readonly SignUp[], heard: (outcome: Decided[]) => void): Act {
  const { label, effects, isDangerous } = SAYINGS[verdict]
  const fit = picked.filter((one) => isOpenTo(verdict, one.state))
  const left = picked.length - fit.length
  return {
    title: fit.length === 1 ? `${label}：${fit[0]?.enterprise ?? ''}` : `${label} ${fit.length} 个报名`,
    effects: [...effects, ...(left > 0 ? [`另有 ${left} 个所选的报名不适用，不作处理。`] : [])],
    label,
    ...(isDangerous && { isDangerous }),
    ...(verdict !== 'approve' && { reason: 'required' as const, reasonLabel: '理由（经营者可见）', reasonLimit: REASON_LIMIT }),
    perform: async (reason, once) => heard(await decide(salon, verdict, fit.map(({ id }) => id), reason, once)),
  }
}

export interface Failure {
  id: string
  name: string
  why: string
}

/** What could not be done, by the name of whom it concerns. */
export function failures(outcome: readonly Decided[], picked: readonly SignUp[]): Failure[] {
  const names = new Map(picked.map((one) => [one.id, one.attendee ? `${one.enterprise}（${one.attendee}）` : one.enterprise]))
  return outcome.flatMap(({ id, state, detail }) => (state === null ? [{ id, name: names.get(id) ?? id, why: detail ?? '未能办理' }] : []))
}
