/** A month laid out in weeks, and what takes place on each of its days. */

import { after } from '@/absences/useAbsences'
import { day as dayOf } from '@/components/moment'
import { mondayOf, WEEK } from '@/visits/calendar/board'

import type { Listed } from '../useSalons'

const DAY_OF_MONTH = 8
const SPELLED = /^\d{4}-(0[1-9]|1[0-2])$/

/** What the address says, unless it is no month. */
export function monthOf(given: string, today: string): string {
  return SPELLED.test(given) ? given : today.slice(0, DAY_OF_MONTH - 1)
}

export function monthAfter(month: string, by: number): string {
  const [year, number] = month.split('-').map(Number) as [number, number]
  return new Date(Date.UTC(year, number - 1 + by, 1)).toISOString().slice(0, DAY_OF_MONTH - 1)
}

/** The first and the last day of a month. */
export function ends(month: string): { first: string; last: string } {
  return { first: `${month}-01`, last: after(`${monthAfter(month, 1)}-01`, -1) }
}

/** The weeks that a month touches, from Monday to Sunday. */
export function weeksOf(month: string): string[][] {
  const { first, last } = ends(month)
  const weeks: string[][] = []
  for (let monday = mondayOf(first); monday <= last; monday = after(monday, WEEK)) {
    weeks.push(Array.from({ length: WEEK }, (_, at) => after(monday, at)))
  }
  return weeks
}

/** What begins on each day, the earlier first. */
export function byDay(salons: readonly Listed[]): ReadonlyMap<string, readonly Listed[]> {
  const found = new Map<string, Listed[]>()
  for (const one of [...salons].sort((first, second) => Date.parse(first.starts_at) - Date.parse(second.starts_at))) {
    const day = dayOf(one.starts_at)
    found.set(day, [...(found.get(day) ?? []), one])
  }
  return found
}
