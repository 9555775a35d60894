/** The working calendar of a year, and the hours of the office. */

import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'

import { api, ask, type Got } from '@/api/client'

export type Year = Got<'/api/staff/v1/working-calendar'>
export type Day = Year['days'][number]
export type Hours = Got<'/api/staff/v1/office-hours'>
export type Week = Hours['items'][number]

export function useCalendar(year: MaybeRefOrGetter<number>) {
  const queries = useQueryClient()
  const one = useQuery({
    queryKey: computed(() => ['calendar', toValue(year)]),
    queryFn: ({ signal }) => ask(api.GET('/api/staff/v1/working-calendar', { signal, params: { query: { year: toValue(year) } } })),
    placeholderData: keepPreviousData,
  })
  const years = useQuery({
    queryKey: ['calendar', 'years'],
    queryFn: ({ signal }) => ask(api.GET('/api/staff/v1/working-calendar/years', { signal })),
  })
  const hours = useQuery({
    queryKey: ['calendar', 'hours'],
    queryFn: ({ signal }) => ask(api.GET('/api/staff/v1/office-hours', { signal })),
  })
  // terms hang on the calendar, so cases do too
  const renew = (): Promise<unknown> => Promise.all(['calendar', 'cases', 'case'].map((key) => queries.invalidateQueries({ queryKey: [key] })))
  return { one, years, hours, renew }
}

export interface Month {
  number: number
  /** How many days of the week stand before the first, which may be none. */
  before: number
  days: readonly Day[]
}

const MONTHS = 12
const WEEK = 7

/** Monday is the first day of the week. */
export function weekday(day: string): number {
  return (new Date(`${day}T00:00:00Z`).getUTCDay() + WEEK - 1) % WEEK
}

export function months(days: readonly Day[]): Month[] {
  return Array.from({ length: MONTHS }, (_, at) => {
    const mine = days.filter(({ day }) => Number(day.slice(5, 7)) === at + 1)
    return { number: at + 1, before: mine[0] ? weekday(mine[0].day) : 0, days: mine }
  })
}

const SATURDAY = 5

/** What is to be seen of a day at a glance, in a word: only what is not as the weekday says. */
export function mark(day: Day): '班' | '休' | '' {
  const isUsual = day.is_workday === weekday(day.day) < SATURDAY
  if (isUsual && day.usual === null) return ''
  return day.is_workday ? '班' : '休'
}
