/** What can be done with a case. The API says which of it now and by whom; here stands how it is asked for. */

import { api, ask } from '@/api/client'
import type { Act as Confirmed } from '@/components/confirm'

import type { Case, Sending } from './useCase'

/** Acts that are written in a form beside the timeline, in the order of the buttons. */
export const WRITTEN = ['answer', 'ask', 'reply', 'note', 'promise', 'pause', 'decline', 'reach', 'extend', 'decide', 'decide_appeal'] as const
/** Acts that are asked for in a dialog. */
export const ASKED = ['accept', 'resume', 'call_back', 'call_tried', 'rectify', 'appeal', 'supervise', 'close'] as const

export type Written = (typeof WRITTEN)[number]
export type Asked = (typeof ASKED)[number]

export interface Offered<T> {
  act: T
  label: string
  isPrimary?: boolean
  isDangerous?: boolean
}

export interface Offers {
  /** What comes next with a case like this. */
  main: Offered<Written | Asked>[]
  /** What is done now and then. */
  more: Offered<Written | Asked>[]
}

const LABELS: Readonly<Record<Written | Asked, string>> = {
  accept: '接办',
  answer: '答复',
  ask: '一次性告知',
  reply: '回复',
  note: '内部备注',
  promise: '承诺日期',
  pause: '暂停计时',
  resume: '恢复计时',
  decline: '不予办理',
  reach: '记录送达',
  extend: '延长期限',
  decide: '作出决定',
  decide_appeal: '决定申诉',
  call_back: '完成回访',
  call_tried: '回访未接通',
  rectify: '完成整改',
  appeal: '对评价申诉',
  supervise: '挂牌督办',
  close: '决定办结',
}
const MAIN: readonly (Written | Asked)[] = ['accept', 'decide', 'decide_appeal', 'answer', 'ask', 'resume', 'reach', 'call_back', 'call_tried', 'rectify', 'reply', 'note']
const MORE: readonly (Written | Asked)[] = ['promise', 'pause', 'extend', 'appeal', 'supervise', 'decline', 'close']
const DANGEROUS = new Set<string>(['decline', 'close'])

export const labelOf = (act: Written | Asked): string => LABELS[act]

/** What the API allows, split by how often it is needed; the first of the main ones is what usually comes next. */
export function offers(may: readonly string[]): Offers {
  const allowed = new Set(may)
  if (allowed.has('call_back')) allowed.add('call_tried') // noting a try in vain wants no permission of its own
  const told = (act: Written | Asked): Offered<Written | Asked> => ({ act, label: LABELS[act], isDangerous: DANGEROUS.has(act) })
  const main = MAIN.filter((act) => allowed.has(act)).map(told)
  const [next] = main
  if (next && next.act !== 'note' && next.act !== 'reply') next.isPrimary = true
  return { main, more: MORE.filter((act) => allowed.has(act)).map(told) }
}

export const isWritten = (act: Written | Asked): act is Written => (WRITTEN as readonly string[]).includes(act)

const BASE = '/api/staff/v1/cases/{case_id}'
const LONG = 2000

/** The question asked before an act, and what performs it. */
export function question(act: Asked, one: Case, send: Sending): Confirmed & { done: string } {
  const label = LABELS[act]
  switch (act) {
    case 'accept':
      return {
        title: '接办事项',
        label,
        effects: ['由您办理，并从现在起对办理结果负责。', '经营者会看到您的姓名。', ...(one.offered_to ? ['原经办人不再负责。'] : [])],
        perform: (_, headers) => send((params) => ask(api.POST(`${BASE}/accept`, { params, headers }))),
        done: '已接办。',
      }
    case 'resume':
      return {
        title: '恢复计时',
        label,
        effects: ['各项时限从停下的地方继续。', '经营者会在办理经过中看到。'],
        perform: (_, headers) => send((params) => ask(api.POST(`${BASE}/resume`, { params, headers }))),
        done: '已恢复计时。',
      }
    case 'call_back':
      return {
        title: '完成差评回访',
        label,
        effects: ['记录与经营者通话的结果，回访任务完成。', '回访不得要求修改评价。'],
        reason: 'required',
        reasonLabel: '回访结果',
        reasonLimit: LONG,
        perform: (result, headers) => send(({ path }) => ask(api.POST(`${BASE}/call-back`, { params: { path }, headers, body: { result } }))),
        done: '已记录回访。',
      }
    case 'call_tried':
      return {
        title: '回访未接通',
        label,
        effects: ['记下这次未接通，回访任务仍待完成。'],
        reason: 'required',
        reasonLabel: '经过',
        reasonLimit: LONG,
        perform: (reason, headers) => send(({ path }) => ask(api.POST(`${BASE}/call-back/tries`, { params: { path }, headers, body: { reason } }))),
        done: '已记录。',
      }
    case 'rectify':
      return {
        title: '完成差评整改',
        label,
        effects: ['记录整改结果，整改任务完成。', '经营者会看到整改结果。'],
        reason: 'required',
        reasonLabel: '整改结果',
        reasonLimit: LONG,
        perform: (result, headers) => send(({ path }) => ask(api.POST(`${BASE}/rectify`, { params: { path }, headers, body: { result } }))),
        done: '已记录整改。',
      }
    case 'appeal':
      return {
        title: '对评价申诉',
        label: '提出申诉',
        effects: ['由另一位有权限的同事核实后决定，只能申诉一次。', '申诉期间回访和整改照常进行。', '决定会告知经营者。'],
        reason: 'required',
        reasonLabel: '申诉理由',
        reasonLimit: LONG,
        perform: (reason, headers) => send(({ path }) => ask(api.POST(`${BASE}/appeal`, { params: { path }, headers, body: { reason } }))),
        done: '已提出申诉。',
      }
    case 'supervise':
      return {
        title: '挂牌督办',
        label,
        effects: ['事项列入挂牌督办，经办人和上级收到提醒。', '理由记入办理经过，经营者可以看到。'],
        reason: 'required',
        reasonLimit: LONG,
        perform: (reason, headers) => send((params) => ask(api.POST(`${BASE}/supervise`, { params, headers, body: { reason } }))),
        done: '已挂牌督办。',
      }
    case 'close':
      return {
        title: '决定办结',
        label,
        effects: ['事项就此办结，不再等待经营者确认，也不能恢复。', '经营者会看到理由，并可以评价。', '这类办结单独统计。'],
        isDangerous: true,
        reason: 'required',
        reasonLabel: '理由（经营者可以看到）',
        reasonLimit: LONG,
        perform: (reason, headers) => send((params) => ask(api.POST(`${BASE}/close`, { params, headers, body: { reason } }))),
        done: '已办结。',
      }
  }
}
