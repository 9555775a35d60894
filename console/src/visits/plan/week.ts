/** A week of visiting hours as it is written: a row for each weekday with its spans; minutes since midnight. */

import { spansWord } from '../calendar/board'
import type { Plan } from './usePlan'

export const WEEKDAYS = ['星期一', '星期二', '星期三', '星期四', '星期五', '星期六', '星期日'] as const
export type Place = 'on_site' | 'office' | 'phone' | 'video'
export const PLACES: readonly Place[] = ['on_site', 'office', 'phone', 'video']

export interface Span {
  begin: number
  end: number
}

export interface DayDraft {
  weekday: number
  spans: Span[]
  places: Place[]
}

const STEP = 30
const DAY = 1440
/** What begins on a day may go on into the next one's noon. */
const LATEST = 2160
const MORNING: Span = { begin: 540, end: 720 }
const AFTERNOON: Span = { begin: 810, end: 1020 }

/** Times that can be chosen: each half hour, until noon of the next day. */
export const TIMES: readonly number[] = Array.from({ length: LATEST / STEP + 1 }, (_, at) => at * STEP)
export const BEGINS: readonly number[] = TIMES.filter((at) => at < DAY)

/** What a new span is offered as: the morning, then the afternoon, then an hour after the last one. */
export function next(spans: readonly Span[]): Span {
  const last = Math.max(0, ...spans.map(({ end }) => end))
  const usual = [MORNING, AFTERNOON].find(({ begin }) => begin >= last)
  return usual ? { ...usual } : { begin: Math.min(last, LATEST - STEP), end: Math.min(last + STEP * 2, LATEST) }
}

/** The plan that counts on a day, or the newest before it; an empty week where there is none. */
export function draftOf(plans: Plan['plans'], from: string): DayDraft[] {
  return WEEKDAYS.map((_, at) => {
    const found = plans.find((one) => one.weekday === at + 1 && one.valid_from <= from && (one.valid_until === null || one.valid_until >= from))
    const spans = (found?.spans ?? []).map(([begin, end]) => ({ begin: begin ?? 0, end: end ?? 0 }))
    return { weekday: at + 1, spans, places: (found?.places as Place[] | undefined) ?? [...PLACES] }
  })
}

export const pairs = (spans: readonly Span[]): number[][] => spans.map(({ begin, end }) => [begin, end])

/** Only days that have hours are sent: on the others nobody visits. */
export function sent(week: readonly DayDraft[]): { weekday: number; spans: number[][]; places: Place[] }[] {
  return week.filter(({ spans }) => spans.length > 0).map(({ weekday, spans, places }) => ({ weekday, spans: pairs(spans), places: [...places] }))
}

/** What is wrong with the spans of a day, in words. */
export function wrongSpans(spans: readonly Span[]): string | undefined {
  if (spans.some(({ begin, end }) => end <= begin)) return '结束时间须晚于开始时间。'
  const sorted = [...spans].sort((one, other) => one.begin - other.begin)
  return sorted.some(({ begin }, at) => at > 0 && begin < (sorted[at - 1]?.end ?? 0)) ? '时间段不能重叠。' : undefined
}

export interface Period {
  from: string
  until: string | null
  days: Plan['plans']
}

/** Plans by the time for which they count, in its order. */
export function periods(plans: Plan['plans']): Period[] {
  const found = new Map<string, Period>()
  for (const one of plans) {
    const key = `${one.valid_from} ${one.valid_until ?? ''}`
    const period = found.get(key) ?? { from: one.valid_from, until: one.valid_until, days: [] }
    found.set(key, { ...period, days: [...period.days, one] })
  }
  return [...found.values()].sort((one, other) => one.from.localeCompare(other.from))
}

/** A week in words, for what two people wrote at once. */
export function weekWord(week: readonly { weekday: number; spans: readonly (readonly number[])[] }[]): string {
  return week.map(({ weekday, spans }) => `${WEEKDAYS[weekday - 1]} ${spansWord(spans)}`).join('\n')
}
