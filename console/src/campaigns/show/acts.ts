/** What can be done with a round of visits, each with what it will do; the API says which of them now and by whom. */

import { api, ask, ifMatch } from '@/api/client'
import type { Versioned } from '@/components/acting'
import type { Act as Confirmed } from '@/components/confirm'

import { type Campaign, PATH } from '../useCampaigns'

export const ACTS = ['release', 'freeze', 'resume', 'pause', 'cancel'] as const
export type Act = (typeof ACTS)[number]

const LABELS: Readonly<Record<Act, string>> = { freeze: '冻结名单', release: '放行', resume: '恢复', pause: '暂停', cancel: '取消' }
const NEXT = new Set<Act>(['release', 'freeze', 'resume'])
const LIMIT = 500

export interface Offered {
  act: Act
  label: string
  isPrimary: boolean
}

/** What may be done, the one that comes next first; a list that stands can be frozen anew. */
export function offers(may: readonly string[]): Offered[] {
  const acts = ACTS.filter((act) => may.includes(act))
  return acts.map((act, nth) => ({ act, label: act === 'freeze' && nth > 0 ? '重新冻结' : LABELS[act], isPrimary: nth === 0 && NEXT.has(act) }))
}

type Question = Confirmed & { done: string }

/** The question asked before an act, and what performs it; `one` is read when it is sent. */
export function question(act: Act, shown: () => Campaign, send: Versioned): Question {
  const at = (version: number) => ({ path: { campaign_id: shown().id }, header: ifMatch(version) })
  switch (act) {
    case 'freeze':
      return {
        title: '冻结名单',
        label: LABELS.freeze,
        effects: ['按现在的条件选出企业，次序由记录在案的种子抽定，分到人员和周次。', '未列入的企业逐家注明原因。', '此时不会通知任何企业；修改内容后须重新冻结。'],
        perform: (_, headers) => send((version) => ask(api.POST(`${PATH}/{campaign_id}/freeze`, { params: at(version), headers }))),
        done: '名单已冻结，请核对后放行。',
      }
    case 'release':
      return {
        title: '放行',
        label: LABELS.release,
        effects: [
          `名单上的 ${shown().chosen ?? 0} 家企业，在各自那一周开始前 ${shown().lead_days} 天收到提议，自己选时间，也可以说不需要。`,
          '每家只发一次，不答复不再追问。',
          `放行的正是页面上的名单（校验值 ${(shown().digest ?? '').slice(0, SHOWN)}…）；名单变了会被拒绝。`,
        ],
        perform: (_, headers) => send((version) => ask(api.POST(`${PATH}/{campaign_id}/release`, { params: at(version), headers, body: { digest: shown().digest ?? '' } }))),
        done: '已放行。',
      }
    case 'resume':
      return {
        title: '恢复发出提议',
        label: LABELS.resume,
        effects: ['到时间的提议继续发出。'],
        perform: (_, headers) => send((version) => ask(api.POST(`${PATH}/{campaign_id}/resume`, { params: at(version), headers }))),
        done: '已恢复。',
      }
    case 'pause':
      return {
        title: '暂停发出提议',
        label: LABELS.pause,
        effects: ['不再发出新的提议；已发出的仍可答复，已约定的走访照常。'],
        perform: (_, headers) => send((version) => ask(api.POST(`${PATH}/{campaign_id}/pause`, { params: at(version), headers }))),
        done: '已暂停。',
      }
    case 'cancel':
      return {
        title: '取消批量走访',
        label: '取消批量走访',
        isDangerous: true,
        effects: ['不再发出提议；已收到提议而没有选时间的企业会收到取消的通知。', '已选定的走访不受影响。', '取消后不能恢复。'],
        reason: 'required',
        reasonLimit: LIMIT,
        perform: (reason, headers) => send((version) => ask(api.POST(`${PATH}/{campaign_id}/cancel`, { params: at(version), headers, body: { reason } }))),
        done: '已取消。',
      }
  }
}
const SHOWN = 8
