/** What is to be known of a day: rest, holiday, a day worked instead. */

import { type Day, mark } from '@/worktime/useCalendar'

export interface DayMark {
  isRest: boolean
  /** 班 or 休 where the day is not as its weekday says. */
  sign: '班' | '休' | ''
  holiday: string
  heard: string
}

export function markOf(day: Day): DayMark {
  const sign = mark(day)
  const isRest = !day.is_workday
  const heard = [sign === '班' ? '调休上班' : isRest ? '休息' : '', day.holiday].filter(Boolean).join('，')
  return { isRest, sign, holiday: day.holiday, heard }
}
