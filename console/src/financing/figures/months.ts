/** Whole months, for figures count no others. */

import { day } from '@/components/moment'

const YEAR = 12

/** The twelve months that have ended last: 2025-11 to 2026-10 in November 2026. */
export function lastMonths(now: Date): { first: string; last: string } {
  const [year, month] = day(now.toISOString()).split('-').map(Number) as [number, number]
  const at = (ago: number): string => new Date(Date.UTC(year, month - 1 - ago, 1)).toISOString().slice(0, 7)
  return { first: at(YEAR), last: at(1) }
}
