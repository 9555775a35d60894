/** Visits laid out as a calendar: a line for each visitor, what he has on each day, and where in the day it stands. */

import { after } from '@/absences/useAbsences'
import { day as dayOf, moment } from '@/components/moment'
import { weekday } from '@/worktime/useCalendar'

import { minutes } from '../words'
import type { Booked, Calendar, Shift } from './useSpan'

export const WEEK = 7

export interface Cell {
  visits: readonly Booked[]
  /** Away: then nothing is planned whatever the plan says. */
  isAbsent: boolean
  /** When one could go, 09:00–12:00、13:30–17:00; nothing where nothing is planned. */
  hours: string
}

export interface Line {
  id: string
  name: string
  cells: ReadonlyMap<string, Cell>
}

export const mondayOf = (day: string): string => after(day, -weekday(day))
export const daysFrom = (first: string, count: number): string[] => Array.from({ length: count }, (_, at) => after(first, at))
export const spansWord = (spans: readonly (readonly number[])[]): string => spans.map(([begin, end]) => `${minutes(begin ?? 0)}–${minutes(end ?? 0)}`).join('、')

interface Wanted {
  staff: string
  state: string
}

/** A line for each visitor; with a state asked for, only who has such a visit. */
export function lines(told: Calendar, wanted: Wanted): Line[] {
  const shifts = new Map(told.shifts.map((one) => [`${one.staff_id} ${one.day}`, one]))
  const visits = told.visits.filter((one) => wanted.state === '' || one.state === wanted.state)
  return told.staff
    .filter(({ id }) => wanted.staff === '' || id === wanted.staff)
    .map(({ id, name }) => ({ id, name, cells: new Map(told.days.map(({ day }) => [day, cell(visits, shifts.get(`${id} ${day}`), id, day)])) }))
    .filter(({ cells }) => wanted.state === '' || [...cells.values()].some((one) => one.visits.length > 0))
}

function cell(visits: readonly Booked[], shift: Shift | undefined, id: string, day: string): Cell {
  return {
    visits: visits.filter((one) => one.staff.includes(id) && dayOf(one.starts_at) === day),
    isAbsent: shift?.is_absent ?? false,
    hours: shift && !shift.is_absent ? spansWord(shift.spans) : '',
  }
}

/** How many visits stand on the lines, each once, however many go together. */
export function count(all: readonly Line[]): number {
  return new Set(all.flatMap(({ cells }) => [...cells.values()].flatMap(({ visits }) => visits))).size
}

const HOUR = 60
const DAY = 24 * HOUR
const DAY_BEGINS = 8
const DAY_ENDS = 18

/** Minutes since midnight of a day in Huzhou; beyond 1440 on the next one. */
export function minuteOf(at: string, day: string): number {
  const [on, clock] = moment(at).split(' ') as [string, string]
  const [hours, rest] = clock.split(':').map(Number) as [number, number]
  return hours * HOUR + rest + (on > day ? DAY : 0)
}

/** The hours that a day's picture spans: office hours, and wider where a visit is outside of them. */
export function hoursOf(visits: readonly Booked[], day: string): { first: number; last: number } {
  const begins = visits.map((one) => Math.floor(minuteOf(one.starts_at, day) / HOUR))
  const ends = visits.map((one) => Math.ceil(minuteOf(one.ends_at, day) / HOUR))
  return { first: Math.min(DAY_BEGINS, ...begins), last: Math.max(DAY_ENDS, ...ends) }
}

/** Where something stands in the day's picture, in parts of the whole width. */
export function place(begin: number, end: number, hours: { first: number; last: number }): { left: number; width: number } {
  const whole = (hours.last - hours.first) * HOUR
  const from = Math.max(begin, hours.first * HOUR)
  return { left: (from - hours.first * HOUR) / whole, width: Math.max(0, Math.min(end, hours.last * HOUR) - from) / whole }
}
