/** A part of a salon as two writers read it side by side; what differs reads differently, or it would be overwritten unseen. */

import type { Choice } from '@/api/words'
import { toJson } from '@/policies/rule/tree'

import type { Draft, Seats } from './draft'
import { type Asked, KINDS } from './questions'

export interface Names {
  word: (group: string, code: string) => string
  /** Series and units by their ids, as far as they are known. */
  of: readonly Choice[]
}

const yesNo = (is: boolean): string => (is ? '是' : '否')
const spoken = (at: string): string => at.replace('T', ' ')

function seats(one: Seats, way: string): string {
  const most = one.hard_limit === null ? '' : `，最多 ${one.hard_limit}`
  return `${one.title}（${way}）${one.seats} 席${most}${one.is_for_first_timers ? '，先留给没参加过的' : ''}`
}

function question(one: Asked): string {
  const known = one.fact && `${one.fact} ${one.when_known === 'skip' ? '已掌握时不再问' : '已掌握时预先填好'}`
  const bounds = [one.least && `最小 ${one.least}`, one.greatest && `最大 ${one.greatest}`, one.kind === 'text' && `最多 ${one.longest} 字`]
  const more = [new Map(KINDS).get(one.kind), one.is_required && '必填', one.choices.replaceAll('\n', '、'), ...bounds, known, one.description]
  return `${one.title}（${more.filter(Boolean).join('，')}）`
}

export function told(draft: Draft, name: keyof Draft, names: Names): string {
  const named = (id: string): string => names.of.find(([one]) => one === id)?.[1] ?? id
  switch (name) {
    case 'topic':
      return names.word('salon_topic', draft.topic)
    case 'district':
      return draft.district ? names.word('district', draft.district) : '全市'
    case 'series_id':
    case 'unit_id':
      return named(draft[name])
    case 'has_rule':
      return draft.has_rule ? '按条件邀请' : '所有企业'
    case 'rule':
      return draft.has_rule ? JSON.stringify(toJson(draft.rule), null, 1) : ''
    case 'quotas':
      return draft.quotas.map((one) => seats(one, names.word('salon_way', one.way))).join('\n')
    case 'sessions':
      return draft.sessions.map((one) => `${spoken(one.starts_at)}~${spoken(one.ends_at)} ${one.title} ${one.speaker}`.trim()).join('\n')
    case 'form':
      return draft.form.map(question).join('\n')
    case 'starts_at':
    case 'ends_at':
    case 'opens_at':
    case 'closes_at':
      return spoken(draft[name])
    case 'is_limited':
    case 'needs_approval':
      return yesNo(draft[name])
    default:
      return String(draft[name])
  }
}
