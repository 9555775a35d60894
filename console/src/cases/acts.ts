/** What can be done with a case. The API says which of it now and by whom; here stands how it is asked for. */

import type { Asked } from './questions'

/** Acts that are written in a form beside the timeline, in the order of the buttons. */
export const WRITTEN = [
  ...(['answer', 'ask', 'reply', 'note', 'promise', 'pause', 'decline', 'reach', 'hear', 'extend', 'decide', 'decide_appeal'] as const),
  ...(['macro', 'assign', 'hand_over', 'help', 'transfer', 'category', 'urgency', 'merge', 'split'] as const),
] as const

export type Written = (typeof WRITTEN)[number]

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
  hear: '记录本人意见',
  extend: '延长期限',
  decide: '作出决定',
  decide_appeal: '决定申诉',
  call_back: '完成回访',
  call_tried: '回访未接通',
  rectify: '完成整改',
  appeal: '对评价申诉',
  supervise: '挂牌督办',
  close: '决定办结',
  assign: '分派',
  hand_over: '转交同事',
  refuse_offer: '不接受转交',
  give_back: '退回重新分派',
  transfer: '转办其他单位',
  send_back: '退回原单位',
  help: '协办人',
  category: '调整类别',
  urgency: '调整紧急程度',
  merge: '并案',
  unmerge: '撤销并案',
  split: '拆分',
  unsplit: '撤销拆分',
  macro: '办理模板',
}
const MAIN: readonly (Written | Asked)[] = [
  ...(['accept', 'refuse_offer', 'decide', 'decide_appeal', 'assign', 'answer', 'ask', 'resume', 'reach', 'hear'] as const),
  ...(['call_back', 'call_tried', 'rectify', 'unmerge', 'send_back', 'reply', 'note'] as const),
]
const MORE: readonly (Written | Asked)[] = [
  ...(['macro', 'promise', 'pause', 'help', 'hand_over', 'give_back', 'transfer', 'category', 'urgency', 'merge', 'split', 'unsplit'] as const),
  ...(['extend', 'appeal', 'supervise', 'decline', 'close'] as const),
]
const DANGEROUS = new Set<string>(['decline', 'close'])

export const labelOf = (act: Written | Asked): string => LABELS[act]

/** What the API allows, split by how often it is needed; the first of the main ones is what usually comes next. */
export function offers(may: readonly string[]): Offers {
  const allowed = new Set(may)
  if (allowed.has('call_back')) allowed.add('call_tried') // noting a try in vain wants no permission of its own
  if (allowed.has('promise')) allowed.add('macro') // whoever works on it may do several steps at once
  const told = (act: Written | Asked): Offered<Written | Asked> => ({ act, label: LABELS[act], isDangerous: DANGEROUS.has(act) })
  const main = MAIN.filter((act) => allowed.has(act)).map(told)
  const next = main.find(({ act }) => act !== 'assign' || !allowed.has('answer'))
  if (next && next.act !== 'note' && next.act !== 'reply') next.isPrimary = true
  return { main, more: MORE.filter((act) => allowed.has(act)).map(told) }
}

export const isWritten = (act: Written | Asked): act is Written => (WRITTEN as readonly string[]).includes(act)
