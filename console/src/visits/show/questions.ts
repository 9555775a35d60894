/** Acts that are asked for in a dialog: what each will do, and what performs it. */

import { api, ask } from '@/api/client'
import type { Act } from '@/components/confirm'

import type { Sending, Visit } from '../useVisits'
import type { Asked } from './acts'

type Question = Act & { done: string }

const BASE = '/api/staff/v1/visits/{visit_id}'
const LIMIT = 500
const MINUTE = 60_000

/** Whether a cancellation now would be counted as late: less than the reason's limit before it begins. */
export function isLate(one: Pick<Visit, 'state' | 'starts_at'>, changeMinutes: number | undefined, now: number): boolean {
  return one.state === 'confirmed' && changeMinutes !== undefined && Date.parse(one.starts_at) - now < changeMinutes * MINUTE
}

/** The question asked before an act, and what performs it; `late`: cancelling now is counted as late. */
export function question(act: Asked, send: Sending, late: boolean): Question {
  switch (act) {
    case 'confirm':
      return {
        title: '确认预约',
        label: '确认',
        effects: ['经营者会收到确认的时间和走访人员姓名。', '开始前 48 小时和 2 小时，系统各提醒一次。', '此后取消须写明理由；临近取消计入公开统计。'],
        perform: (_, headers) => send((params) => ask(api.POST(`${BASE}/confirm`, { params, headers }))),
        done: '已确认，经营者会收到通知。',
      }
    case 'decline':
      return {
        title: '不能安排',
        label: '不能安排',
        isDangerous: true,
        effects: ['这个预约结束，时段让出。', '经营者会看到理由，系统同时告知最近的其他空闲时段。'],
        reason: 'required',
        reasonLabel: '理由（经营者会看到）',
        reasonLimit: LIMIT,
        perform: (reason, headers) => send((params) => ask(api.POST(`${BASE}/decline`, { params, headers, body: { reason } }))),
        done: '已告知经营者。',
      }
    case 'cancel':
      return {
        title: '取消走访',
        label: '取消走访',
        isDangerous: true,
        effects: [
          ...(late ? ['现在取消属于临近取消：计入公开统计，不能撤销。能改期或改派的，请先改期或改派。'] : []),
          '经营者会收到取消的通知和理由。',
          '原定的提醒一并取消，时段让出。',
        ],
        reason: 'required',
        reasonLabel: '理由（经营者会看到）',
        reasonLimit: LIMIT,
        perform: (reason, headers) => send((params) => ask(api.POST(`${BASE}/cancel`, { params, headers, body: { reason } }))),
        done: '已取消，经营者会收到通知。',
      }
    case 'missing':
      return {
        title: '登记企业未到',
        label: '登记未到',
        isDangerous: true,
        effects: ['到访等候 15 分钟后仍未见到经营者，才可登记。', '经营者会收到通知，可以提出异议；异议由走访人员以外的人决定。'],
        reason: 'required',
        reasonLabel: '经过（经营者会看到）',
        reasonLimit: LIMIT,
        perform: (reason, headers) => send((params) => ask(api.POST(`${BASE}/missing`, { params, headers, body: { reason } }))),
        done: '已登记企业未到。',
      }
    case 'contest':
      return {
        title: '对“走访人员未到”提出异议',
        label: '提出异议',
        effects: ['由走访人员以外的人决定；决定前记录保持不变。', '每次走访只能提出一次。'],
        reason: 'required',
        reasonLabel: '异议理由',
        reasonLimit: LIMIT,
        perform: (reason, headers) => send((params) => ask(api.POST(`${BASE}/contest`, { params, headers, body: { reason } }))),
        done: '已提出异议。',
      }
  }
}
