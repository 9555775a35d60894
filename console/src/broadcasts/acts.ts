/** What can be done with a broadcast, each with what it will do; the API says which of them now and by whom. */

import { api, ask } from '@/api/client'
import type { Act as Confirmed } from '@/components/confirm'

import type { Act, Broadcast, Trial } from './useBroadcasts'
import { count } from './words'

export interface Offered {
  act: Act
  label: string
  isPrimary?: boolean
  isDangerous?: boolean
}

/** In the order of the buttons. */
export const ACTS: readonly Offered[] = [
  { act: 'freeze', label: '冻结名单', isPrimary: true },
  { act: 'release', label: '放行', isPrimary: true },
  { act: 'resume', label: '继续发送', isPrimary: true },
  { act: 'resend', label: '补发未收到的人' },
  { act: 'test', label: '试发给自己' },
  { act: 'pause', label: '暂停' },
  { act: 'cancel', label: '取消群发', isDangerous: true },
]

const BASE = '/api/staff/v1/broadcasts/{broadcast_id}'

function people(one: Broadcast): string {
  return one.recipients === null ? '名单上的人' : `名单上的 ${count(one.recipients)} 人`
}

/** What is said once an act is done; a resend knows only then to how many it goes. */
export function doneWords(act: Act, label: string, resent: number): string {
  if (act === 'resend') return resent > 0 ? `已为 ${count(resent)} 人补发。` : '没有需要补发的人，未发送任何消息。'
  return act === 'test' ? '试发已提交，结果见页面。' : `已${label}。`
}

export interface Heard {
  /** How many are tried again. */
  resent: (people: number) => void
  tried: (trial: Trial) => void
}

/** The question asked before an act, and what performs it; `heard` gets what an answer tells beyond that it is done. */
export function question(act: Act, one: Broadcast, heard: Heard): Confirmed | null {
  const params = { path: { broadcast_id: one.id } }
  switch (act) {
    case 'freeze':
      return {
        title: '冻结名单',
        effects: ['按现在的条件找出收件人，名单从此不再变动。', '计算各渠道能通知到多少人。', '人数较多的，须由未参与准备的另一位同事放行。'],
        label: '冻结名单',
        perform: (_, headers) => ask(api.POST(`${BASE}/freeze`, { params, headers })),
      }
    case 'release':
      return {
        title: '放行群发',
        effects:
          one.schedule === 'recurring'
            ? ['从现在起按重复规则到点自动发送，每次发给还没有听说过的人。']
            : [one.starts_at ? `到发送时间后通知${people(one)}。` : `立即开始通知${people(one)}。`, '已发出的消息不能收回。', '您放行的是上面所列的名单和内容，校验值随放行记入审计。'],
        label: '放行',
        perform: (_, headers) => ask(api.POST(`${BASE}/release`, { params, headers, body: { digest: one.digest } })),
      }
    case 'resume':
      return {
        title: '继续发送',
        effects: ['从停下的地方继续，已通知过的人不会再收到。'],
        label: '继续发送',
        perform: (_, headers) => ask(api.POST(`${BASE}/resume`, { params, headers })),
      }
    case 'resend':
      return {
        title: '补发未收到的人',
        effects: ['只再试没有送达的人；收到过、可能收到过的人都不会再收到。', '已不愿接收此类消息的人仍不会收到。'],
        label: '补发',
        perform: async (_, headers) => heard.resent((await ask(api.POST(`${BASE}/resend`, { params, headers }))).recipients),
      }
    case 'test':
      return {
        title: '试发给自己',
        effects: ['您绑定的微信会收到一条与收件人所见相同的消息。', '没有授权、夜间、当日已满等，同样会使它发不出或稍后才发；结果显示在页面上。'],
        label: '试发',
        perform: async (_, headers) => heard.tried(await ask(api.POST(`${BASE}/test`, { params, headers }))),
      }
    case 'pause':
      return {
        title: '暂停群发',
        effects: ['还没有发出的消息立即停住，正在发送的几条除外。', '可以随时从停下的地方继续。'],
        label: '暂停',
        perform: (_, headers) => ask(api.POST(`${BASE}/pause`, { params, headers })),
      }
    case 'cancel':
      return {
        title: '取消群发',
        effects: ['还没有发出的消息不再发出，不能恢复。', '已收到的人不受影响。'],
        label: '取消群发',
        isDangerous: true,
        reason: 'required',
        reasonLabel: '取消的原因',
        perform: (reason, headers) => ask(api.POST(`${BASE}/cancel`, { params, headers, body: { reason } })),
      }
    default:
      return null
  }
}
