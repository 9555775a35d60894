/** How salons and sign-ups look, and their times as people read them; what their codes mean the API tells. */

import type { Tone } from '@/components/StateTag.vue'
import { day, moment, weekdayOf } from '@/components/moment'

import type { Listed } from './useSalons'

export const SALON_TONES: Readonly<Record<string, Tone>> = { published: 'wait', open: 'brand', closed: 'wait', held: 'good', cancelled: 'bad' }

export const SIGNUP_TONES: Readonly<Record<string, Tone>> = {
  pending: 'wait',
  confirmed: 'brand',
  waiting: 'wait',
  offered: 'wait',
  attended: 'good',
  no_show: 'bad',
  refused: 'bad',
  removed: 'bad',
  cancelled: 'bad',
}

const TIME = 11

/** 14:00 */
export function clockOf(at: string): string {
  return moment(at).slice(TIME)
}

/** 2026-12-10 周四 14:00~16:00; over several days both ends with their days. */
export function span(from: string, until: string): string {
  const begins = `${day(from)} ${weekdayOf(from)} ${clockOf(from)}`
  return day(from) === day(until) ? `${begins}~${clockOf(until)}` : `${begins} 至 ${day(until)} ${weekdayOf(until)} ${clockOf(until)}`
}

/** 18/20: given away of what there is, over all quotas. */
export function seatsOf(one: Pick<Listed, 'quotas'>): string {
  const seats = one.quotas.reduce((sum, quota) => sum + quota.seats, 0)
  const free = one.quotas.reduce((sum, quota) => sum + quota.free, 0)
  return `${seats - free}/${seats}`
}
