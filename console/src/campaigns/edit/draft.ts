/** A round of visits while somebody writes it, and how it is spelled for the API. */

import { after, today } from '@/absences/useAbsences'
import { type Citation, fromJson, type Group, leavesOf, toJson } from '@/policies/rule/tree'
import { mondayOf, WEEK } from '@/visits/calendar/board'

import type { Campaign } from '../useCampaigns'

export type Place = 'on_site' | 'office' | 'phone' | 'video'

export interface Draft {
  title: string
  why: string
  reason: string
  place: Place | ''
  districts: string[]
  first_on: string
  weeks: number
  per_week: number
  visitors: string[]
  recent_days: number
  lead_days: number
  answer_days: number
  rule: Group
}

export const LABELS: Readonly<Record<keyof Draft, string>> = {
  title: '名称',
  why: '为何走访',
  reason: '事由',
  place: '走访方式',
  districts: '区县',
  first_on: '从哪个星期一起',
  weeks: '共几周',
  per_week: '每人每周最多几次',
  visitors: '走访人员',
  recent_days: '多少天内来过的不再列入',
  lead_days: '提前多少天发出提议',
  answer_days: '多少天不答复算未答复',
  rule: '面向哪些企业',
}
export const FIELDS = Object.keys(LABELS) as (keyof Draft)[]

export const NUMBERS = [
  ['weeks', 1, 52],
  ['per_week', 1, 60],
  ['recent_days', 0, 366],
  ['lead_days', 3, 60],
  ['answer_days', 1, 30],
] as const

/** What every condition of a round rests on while it is written; sent it names the round and its reason. */
export const CITES: Citation = { document: '批量走访', article: '走访对象', sentence: '为何走访' }

function cited(root: Group): Group {
  for (const leaf of leavesOf(root)) leaf.citation = { ...CITES }
  return root
}

const WEEKS_AHEAD = 3

export function blank(): Draft {
  return {
    ...{ title: '', why: '', reason: '', place: '', districts: [], first_on: after(mondayOf(today()), WEEKS_AHEAD * WEEK), weeks: 4, per_week: 4 },
    ...{ visitors: [], recent_days: 180, lead_days: 14, answer_days: 7, rule: cited(fromJson({ all: [{}] })) },
  }
}

export function draftOf(one: Campaign): Draft {
  const { title, why, reason, first_on, weeks, per_week, recent_days, lead_days, answer_days } = one
  return {
    ...{ title, why, reason, place: one.place as Place, districts: [...one.districts], first_on, weeks, per_week, recent_days, lead_days, answer_days },
    visitors: one.visitors.map(({ id }) => id),
    rule: cited(fromJson(JSON.parse(JSON.stringify(one.rule)))),
  }
}

export function contentOf({ rule, ...rest }: Draft) {
  const because: Citation = { ...CITES, document: `批量走访：${rest.title}`, sentence: rest.why }
  const cites = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(cites)
    if (typeof node !== 'object' || node === null) return node
    if ('fact' in node) return { ...node, citation: because }
    return Object.fromEntries(Object.entries(node).map(([name, part]) => [name, cites(part)]))
  }
  return { ...rest, districts: [...rest.districts], visitors: [...rest.visitors], rule: cites(toJson(rule)) as Record<string, unknown> }
}

/** What has to be there before the server is asked. */
export function check(draft: Draft): Record<string, string | undefined> {
  const needed: (keyof Draft)[] = ['title', 'why', 'reason', 'place', 'first_on']
  const found: Record<string, string | undefined> = Object.fromEntries(needed.filter((name) => !draft[name]).map((name) => [name, `请填写“${LABELS[name]}”。`]))
  if (draft.first_on && mondayOf(draft.first_on) !== draft.first_on) found['first_on'] = '请选择星期一。'
  if (draft.visitors.length === 0) found['visitors'] = '请选择走访人员。'
  return found
}
