/** Quarters of the calendar that have ended, for figures count no others: 2026-Q3. */

import { day } from '@/components/moment'
import type { Choice } from '@/api/words'

const OFFERED = 8
const IN_A_YEAR = 4
const ORDER = ['一', '二', '三', '四'] as const

/** The quarters that have ended last, the newest first. */
export function endedQuarters(now: Date): string[] {
  const [year, month] = day(now.toISOString()).split('-').map(Number) as [number, number]
  const current = year * IN_A_YEAR + Math.ceil(month / 3) - 1
  return Array.from({ length: OFFERED }, (_, ago) => current - 1 - ago).map((one) => `${Math.floor(one / IN_A_YEAR)}-Q${(one % IN_A_YEAR) + 1}`)
}

export const isQuarter = (given: string): boolean => /^20\d{2}-Q[1-4]$/.test(given)
export const yearOf = (quarter: string): number => Number(quarter.slice(0, 4))

/** 2026-Q3 → 2026年第三季度 */
export const quarterText = (quarter: string): string => `${quarter.slice(0, 4)}年第${ORDER[Number(quarter.slice(-1)) - 1] ?? ''}季度`

/** One that an address names wrongly is none: the last that ended is told. */
export const quarterOf = (given: string, now: Date): string => (isQuarter(given) ? given : (endedQuarters(now)[0] ?? ''))

/** What may be chosen; one that an address names is among them. */
export function quarterChoices(now: Date, chosen: string): Choice[] {
  const ended = endedQuarters(now)
  const all = isQuarter(chosen) && !ended.includes(chosen) ? [...ended, chosen] : ended
  return all.map((one) => [one, quarterText(one)])
}
