/** What can be done with a survey, each with what it will do; the API says which of them now and by whom. */

import { api, ask, ifMatch } from '@/api/client'
import type { Act as Confirmed } from '@/components/confirm'

import type { Survey } from '../useSurveys'

export type Act = 'submit' | 'release' | 'send_back' | 'close' | 'withdraw'

/** In the order of the buttons. */
export const ACTS: readonly { act: Act; isPrimary?: boolean; isDangerous?: boolean }[] = [
  { act: 'submit', isPrimary: true },
  { act: 'release', isPrimary: true },
  { act: 'send_back' },
  { act: 'close' },
  { act: 'withdraw', isDangerous: true },
]

const BASE = '/api/staff/v1/surveys/{survey_id}'

/** The question asked before an act, and what performs it. */
export function question(act: Act, one: Survey): Confirmed {
  const params = { path: { survey_id: one.id }, header: ifMatch(one.version) }
  switch (act) {
    case 'submit':
      return {
        title: '提交审核',
        effects: ['可审核的同事会收到提醒。', '审核期间修改会退回草稿。'],
        label: '提交审核',
        perform: (_, headers) => ask(api.POST(`${BASE}/submit`, { params, headers })),
      }
    case 'release':
      return {
        title: '审核并发放',
        effects: [
          '题目、对象和起止日期从此不能再改。',
          `${one.opens_on} 上午起通知符合条件的企业；名单较长的，须由另一位同事在“群发”里放行。`,
          '截止前两天，提醒一次还没有答复的。',
        ],
        label: '发放',
        perform: (_, headers) => ask(api.POST(`${BASE}/release`, { params, headers })),
      }
    case 'send_back':
      return {
        title: '退回修改',
        effects: ['退回草稿，起草人会收到您写的原因。'],
        label: '退回',
        reason: 'required',
        reasonLabel: '退回的原因',
        perform: (reason, headers) => ask(api.POST(`${BASE}/send-back`, { params, headers, body: { reason } })),
      }
    case 'close':
      return {
        title: '提前结束调查',
        effects: ['不再通知，企业不能再填写或修改。', '结果即为最终结果。'],
        label: '结束',
        reason: 'required',
        reasonLabel: '提前结束的原因',
        perform: (reason, headers) => ask(api.POST(`${BASE}/close`, { params, headers, body: { reason } })),
      }
    default:
      return {
        title: '撤回调查',
        effects: ['不再通知，企业不能再填写或修改。', '已收到的人在消息里会看到此事已撤回；已交的答卷保留。'],
        label: '撤回',
        isDangerous: true,
        reason: 'required',
        reasonLabel: '撤回的原因',
        perform: (reason, headers) => ask(api.POST(`${BASE}/withdraw`, { params, headers, body: { reason } })),
      }
  }
}
