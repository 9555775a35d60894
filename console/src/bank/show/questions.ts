/** Acts that are asked for in a dialog: what each will do, and what performs it. */

import { api, ask } from '@/api/client'
import type { Act } from '@/components/confirm'

import type { Sending } from '../useReferrals'
import type { Asked } from './acts'

const BASE = '/api/partner/v1/referrals/{referral_id}'
const LIMIT = 1000

export function question(act: Asked, send: Sending): Act & { done: string } {
  switch (act) {
    case 'accept':
      return {
        title: '受理',
        label: '受理',
        effects: ['企业会收到通知。', '从现在起计算作出决定的时限，逾期会告知主管部门并转给其他银行。'],
        perform: (_, headers) => send((params) => ask(api.POST(`${BASE}/accept`, { params, headers }))),
        done: '已受理，企业会收到通知。',
      }
    case 'contact':
      return {
        title: '登记已联系企业',
        label: '登记',
        effects: ['记入经过，企业和主管部门看得到。', '联系方式在“查看企业资料”中，查看会留下记录。'],
        perform: (_, headers) => send((params) => ask(api.POST(`${BASE}/contact`, { params, headers }))),
        done: '已登记。',
      }
    case 'investigate':
      return {
        title: '开始尽职调查',
        label: '登记',
        effects: ['记入经过，企业和主管部门看得到。', '作出决定的时限不因此延长。'],
        perform: (_, headers) => send((params) => ask(api.POST(`${BASE}/investigate`, { params, headers }))),
        done: '已登记。',
      }
    case 'give_up':
      return {
        title: '登记企业放弃',
        label: '登记企业放弃',
        isDangerous: true,
        effects: ['企业会收到通知，看到您填写的内容；与事实不符的，企业可以向主管部门反映。', '这项对接结束，企业资料不能再查看。', '这不是未通过：本行不予通过的，请用“不予通过”并写明原因。'],
        reason: 'required',
        reasonLabel: '企业何时、以何种方式表示放弃（企业会看到）',
        reasonLimit: LIMIT,
        perform: (words, headers) => send((params) => ask(api.POST(`${BASE}/give-up`, { params, headers, body: { words } }))),
        done: '已登记，企业会收到通知。',
      }
  }
}
