/** What can be done with a salon, each with what it will do; the API says which of them now and by whom. */

import { api, ask } from '@/api/client'
import type { Act as Confirmed } from '@/components/confirm'

import { PATH, type Salon, type Sending } from '../useSalons'

export const ACTS = ['publish', 'archive', 'close', 'cancel'] as const
export type Act = (typeof ACTS)[number]

const LIMIT = 500
const NEXT = new Set<Act>(['publish', 'archive'])
/** How a sign-up may still stand when its salon is called off. */
const WAITING_FOR_IT = ['pending', 'confirmed', 'waiting', 'offered'] as const

export interface Offered {
  act: Act
  label: string
  isPrimary: boolean
}

const LABELS: Readonly<Record<Act, string>> = { publish: '发布', archive: '归档', close: '提前截止报名', cancel: '取消沙龙' }

/** What may be done, the one that comes next first. */
export function offers({ may }: Pick<Salon, 'may'>): Offered[] {
  return ACTS.filter((act) => may.includes(act)).map((act) => ({ act, label: LABELS[act], isPrimary: NEXT.has(act) }))
}

/** How many sign-ups a salon has that something may still come of. */
export function expecting(one: Pick<Salon, 'signups'>): number {
  return WAITING_FOR_IT.reduce((sum, state) => sum + (one.signups[state] ?? 0), 0)
}

type Question = Confirmed & { done: string }

function publishing(one: Salon): string[] {
  return [
    '经营者立即能看到这场沙龙；到报名开始时间即可报名。',
    one.rule ? '报名开始时，按条件邀请企业，附邀请理由；每家只邀请一次，拒绝接收的不发。' : '不按条件邀请；需要告知时另行群发。',
    '发布后报名表不能再修改；改时间、地点会通知所有报名的人。',
  ]
}

function cancelling(one: Salon): string[] {
  if (one.state === 'draft') return ['草稿作废，不通知任何人。', '取消后不能恢复，可以复制另起一场。']
  return [
    `${expecting(one)} 个报名（含候补）随之取消，每人收到一次通知，内容为下面的理由。`,
    '尚未发出的邀请和提醒不再发出，公开页面显示已取消。',
    '取消后不能恢复，可以复制另起一场。',
  ]
}

/** The question asked before an act, and what performs it; `one` is as it stands when it is asked. */
export function question(act: Act, one: Salon, send: Sending): Question {
  switch (act) {
    case 'publish':
      return {
        title: '发布沙龙',
        label: LABELS.publish,
        effects: publishing(one),
        perform: (_, headers) => send((params) => ask(api.POST(`${PATH}/{salon_id}/publish`, { params, headers }))),
        done: '已发布。',
      }
    case 'archive':
      return {
        title: '归档沙龙',
        label: LABELS.archive,
        effects: ['不再登记到场和未到场；纪要和资料仍可补发。', '统计照常计入。'],
        perform: (_, headers) => send((params) => ask(api.POST(`${PATH}/{salon_id}/archive`, { params, headers }))),
        done: '已归档。',
      }
    case 'close':
      return {
        title: '提前截止报名',
        label: LABELS.close,
        effects: ['现在起不再接受报名，报名截止时间改为此刻。', '已报名的不受影响；有席位空出时，仍按顺序通知候补的人。', '要重新开放，修改报名截止时间即可。'],
        perform: (_, headers) => send((params) => ask(api.POST(`${PATH}/{salon_id}/close`, { params, headers }))),
        done: '报名已截止。',
      }
    case 'cancel':
      return {
        title: LABELS.cancel,
        label: LABELS.cancel,
        isDangerous: true,
        effects: cancelling(one),
        reason: 'required',
        reasonLimit: LIMIT,
        perform: (reason, headers) => send((params) => ask(api.POST(`${PATH}/{salon_id}/cancel`, { params, headers, body: { reason } }))),
        done: '已取消。',
      }
  }
}
