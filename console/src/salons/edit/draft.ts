/** A salon while somebody writes it, and how it is spelled for the API; moments are Huzhou's, as they are typed. */

import { after, today } from '@/absences/useAbsences'
import type { Schemas } from '@/api/client'
import { moment } from '@/components/moment'
import { type Citation, fromJson, type Group, leavesOf } from '@/policies/rule/tree'
import { ruleOf } from '@/surveys/edit/draft'

import type { Salon } from '../useSalons'
import { type Asked, formOf, linesOf, questionsOf, wrongWith } from './questions'

type Content = Schemas['SalonContent']
type Way = Content['quotas'][number]['way']

export interface Seats {
  /** Of one that is there already. */
  id: string | null
  title: string
  way: string
  seats: number
  /** What the place holds at most, where that is more than the seats. */
  hard_limit: number | null
  is_for_first_timers: boolean
  /** How many of it are given away: that far it can't shrink. */
  taken: number
}

export interface Part {
  title: string
  speaker: string
  starts_at: string
  ends_at: string
}

export interface Draft {
  title: string
  topic: string
  intro: string
  /** One a line. */
  organisers: string
  series_id: string
  unit_id: string
  district: string
  address: string
  online_url: string
  starts_at: string
  ends_at: string
  opens_at: string
  closes_at: string
  has_rule: boolean
  rule: Group
  reason: string
  is_limited: boolean
  per_enterprise: number
  needs_approval: boolean
  approval_days: number
  form: Asked[]
  sessions: Part[]
  quotas: Seats[]
}

export const LABELS: Readonly<Record<keyof Draft, string>> = {
  title: '标题',
  topic: '主题',
  intro: '介绍',
  organisers: '主办方',
  series_id: '所属系列',
  unit_id: '承办单位',
  district: '属地',
  address: '地点',
  online_url: '线上参加的网址',
  starts_at: '开始时间',
  ends_at: '结束时间',
  opens_at: '报名开始',
  closes_at: '报名截止',
  has_rule: '面向谁',
  rule: '邀请条件',
  reason: '邀请理由',
  is_limited: '限定符合条件的企业',
  per_enterprise: '每家企业最多几人',
  needs_approval: '报名须审核',
  approval_days: '审核期限',
  form: '报名表',
  sessions: '环节安排',
  quotas: '名额',
}
export const FIELDS = Object.keys(LABELS) as (keyof Draft)[]
export const TIMES = ['starts_at', 'ends_at', 'opens_at', 'closes_at'] as const
export const MOST = { quotas: 10, sessions: 20, form: 20, organisers: 10 } as const

/** What every condition of a salon rests on; the API puts the salon's own reason in its place. */
export const CITES: Citation = { document: '小微沙龙', article: '邀请对象', sentence: '邀请理由' }

const AHEAD = 14

function cited(json: unknown): Group {
  const root = fromJson(JSON.parse(JSON.stringify(json)))
  for (const leaf of leavesOf(root)) leaf.citation = { ...CITES }
  return root
}

const openRule = (): Group => cited({ all: [{}] })

export const hall = (): Seats => ({ id: null, title: '现场席位', way: 'hall', seats: 30, hard_limit: null, is_for_first_timers: false, taken: 0 })

/** A draft for an afternoon in two weeks; `at` says where its writer may hold salons. */
export function blank(at: { district: string; unit: string }, now: string = today()): Draft {
  const day = after(now, AHEAD)
  return {
    ...{ title: '', topic: '', intro: '', organisers: '', series_id: '', unit_id: at.unit, district: at.district, address: '', online_url: '' },
    ...{ starts_at: `${day}T14:00`, ends_at: `${day}T16:00`, opens_at: `${after(now, 1)}T09:00`, closes_at: `${after(day, -1)}T18:00` },
    ...{ has_rule: false, rule: openRule(), reason: '', is_limited: false, per_enterprise: 2, needs_approval: false, approval_days: 2 },
    ...{ form: [], sessions: [], quotas: [hall()] },
  }
}

const typed = (at: string): string => moment(at).replace(' ', 'T')

export function draftOf(one: Salon): Draft {
  const { title, topic, intro, address, online_url, reason, is_limited, per_enterprise, needs_approval, approval_days } = one
  return {
    ...{ title, topic, intro, address, online_url, reason, is_limited, per_enterprise, needs_approval, approval_days },
    ...{ organisers: one.organisers.join('\n'), series_id: one.series_id ?? '', unit_id: one.unit_id ?? '', district: one.district ?? '' },
    ...{ starts_at: typed(one.starts_at), ends_at: typed(one.ends_at), opens_at: typed(one.opens_at), closes_at: typed(one.closes_at) },
    ...{ has_rule: one.rule !== null, rule: one.rule ? cited(one.rule) : openRule(), form: questionsOf(one.form) },
    sessions: one.sessions.map((part) => ({ title: part.title, speaker: part.speaker, starts_at: typed(part.starts_at), ends_at: typed(part.ends_at) })),
    quotas: one.quotas.map(({ id, title: name, way, seats, hard_limit, is_for_first_timers, taken }) => ({
      ...{ id, title: name, way, seats, hard_limit: hard_limit === seats ? null : hard_limit, is_for_first_timers, taken },
    })),
  }
}

/** Nothing that was not touched changes: neither the seconds of a moment nor a form that is out already. */
export function contentOf(draft: Draft, read?: Salon): Content {
  const instant = (at: string, was?: string): string => (was && typed(was) === at ? was : `${at}:00+08:00`)
  const { has_rule, rule, form, quotas, sessions, organisers, series_id, unit_id, district, topic, ...rest } = draft
  const isOut = read !== undefined && read.state !== 'draft'
  return {
    ...rest,
    ...Object.fromEntries(TIMES.map((name) => [name, instant(draft[name], read?.[name])])) as Pick<Content, (typeof TIMES)[number]>,
    topic: topic as Content['topic'],
    organisers: linesOf(organisers),
    ...{ series_id: series_id || null, unit_id: unit_id || null, district: district || null },
    rule: has_rule ? (ruleOf(rule) as Content['rule']) : null,
    is_limited: has_rule && draft.is_limited,
    form: isOut ? read.form : formOf(form),
    sessions: sessions.map((part, at) => ({ ...part, starts_at: instant(part.starts_at, read?.sessions[at]?.starts_at), ends_at: instant(part.ends_at, read?.sessions[at]?.ends_at) })),
    quotas: quotas.map(({ id, title, way, seats, hard_limit, is_for_first_timers }) => ({ id, title, way: way as Way, seats, hard_limit, is_for_first_timers })),
  }
}

const NEEDED = ['title', 'topic', ...TIMES] as const

/** What has to be there before the server is asked. */
export function check(draft: Draft): Record<string, string | undefined> {
  const found: Record<string, string | undefined> = Object.fromEntries(NEEDED.filter((name) => !draft[name].trim()).map((name) => [name, `请填写“${LABELS[name]}”。`]))
  if (draft.ends_at && draft.ends_at <= draft.starts_at) found['ends_at'] = '结束时间须晚于开始时间。'
  if (draft.closes_at && draft.closes_at <= draft.opens_at) found['closes_at'] = '报名截止须晚于报名开始。'
  else if (draft.closes_at && draft.ends_at && draft.closes_at > draft.ends_at) found['closes_at'] = '报名截止不能晚于活动结束。'
  if (draft.has_rule && !draft.reason.trim()) found['reason'] = '设了条件就要写明邀请理由，被邀请的企业看得到。'
  if (linesOf(draft.organisers).length > MOST.organisers) found['organisers'] = `最多 ${MOST.organisers} 个主办方。`
  draft.quotas.forEach((one, at) => {
    if (!one.title.trim()) found[`quotas.${at}.title`] = '请填写名额名称。'
    if (one.hard_limit !== null && one.hard_limit < one.seats) found[`quotas.${at}.hard_limit`] = '容纳上限不能少于席位数。'
  })
  draft.sessions.forEach((one, at) => Object.assign(found, wrongPart(one, `sessions.${at}`, draft)))
  return { ...found, ...wrongWith(draft.form) }
}

function wrongPart(one: Part, path: string, { starts_at, ends_at }: Draft): Record<string, string> {
  const found: Record<string, string> = {}
  if (!one.title.trim()) found[`${path}.title`] = '请填写环节名称。'
  if (!one.starts_at) found[`${path}.starts_at`] = '请填写开始时间。'
  else if (one.starts_at < starts_at) found[`${path}.starts_at`] = '环节须在活动时间之内。'
  if (!one.ends_at) found[`${path}.ends_at`] = '请填写结束时间。'
  else if (one.ends_at <= one.starts_at) found[`${path}.ends_at`] = '环节的结束时间须晚于开始时间。'
  else if (one.ends_at > ends_at) found[`${path}.ends_at`] = '环节须在活动时间之内。'
  return found
}
