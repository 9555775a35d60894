/** Acts that are asked for in a dialog: what each will do, and what performs it. */

import { api, ask } from '@/api/client'
import type { Act as Confirmed } from '@/components/confirm'

import { labelOf } from './acts'
import type { Case, Sending } from './useCase'

export type Asked = PassingOn | 'accept' | 'resume' | 'call_back' | 'call_tried' | 'rectify' | 'appeal' | 'supervise' | 'close'
type PassingOn = 'refuse_offer' | 'give_back' | 'send_back' | 'unmerge' | 'unsplit'

type Question = Confirmed & { done: string }

const BASE = '/api/staff/v1/cases/{case_id}'
const LONG = 2000

/** The question asked before an act, and what performs it. */
export function question(act: Asked, one: Case, send: Sending): Question {
  const label = labelOf(act)
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
        effects: ['记录与经营者通话的结果，回访任务完成。', '经营者会在办理经过中看到结果。', '回访不得要求修改评价。'],
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
    default:
      return passingOn(act, label, send)
  }
}

const SHORT = 500

function passingOn(act: PassingOn, label: string, send: Sending): Question {
  const asked = { label, reason: 'required' as const, reasonLabel: '理由（只有工作人员看到）', reasonLimit: SHORT }
  switch (act) {
    case 'refuse_offer':
      return {
        ...asked,
        title: '不接受转交',
        effects: ['事项仍由原经办人办理，他会看到您的理由。'],
        perform: (reason, headers) => send((params) => ask(api.POST(`${BASE}/hand-over/refuse`, { params, headers, body: { reason } }))),
        done: '已退回原经办人。',
      }
    case 'give_back':
      return {
        ...asked,
        title: '退回重新分派',
        effects: ['事项重新分派给其他同事，不再由您办理。', '时限不变。'],
        perform: (reason, headers) => send((params) => ask(api.POST(`${BASE}/give-back`, { params, headers, body: { reason } }))),
        done: '已退回，将重新分派。',
      }
    case 'send_back':
      return {
        ...asked,
        title: '退回原单位',
        effects: ['事项回到转来的单位和原经办人，他们会看到您的理由。'],
        perform: (reason, headers) => send((params) => ask(api.POST(`${BASE}/send-back`, { params, headers, body: { reason } }))),
        done: '已退回原单位。',
      }
    case 'unmerge':
      return {
        ...asked,
        reason: 'optional',
        title: '撤销并案',
        effects: ['事项回到并案前的状态，各自办理，时限照原来的继续。', '并案期间随同作出的答复不再算作本事项的答复。', '经营者会收到通知。'],
        perform: (reason, headers) => send((params) => ask(api.POST(`${BASE}/unmerge`, { params, headers, body: { reason } }))),
        done: '已撤销并案。',
      }
    case 'unsplit':
      return {
        ...asked,
        title: '撤销最近一次拆分',
        reasonLabel: '理由（经营者可以看到）',
        effects: ['拆分出的事项就此结束，几件事仍在本事项里一并办理。', '拆分出的事项已经有人办理的，不能撤销。', '经营者会收到通知。'],
        perform: (reason, headers) => send((params) => ask(api.POST(`${BASE}/unsplit`, { params, headers, body: { reason } }))),
        done: '已撤销拆分。',
      }
  }
}
