/** Days and moments as they are read in Huzhou, wherever the computer stands. */

const ZONE = 'Asia/Shanghai'
const parts = new Intl.DateTimeFormat('sv-SE', {
  timeZone: ZONE,
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  hour12: false,
})
const weekday = new Intl.DateTimeFormat('zh-CN', { timeZone: ZONE, weekday: 'short' })
const DAY = /^\d{4}-\d{2}-\d{2}$/

/** 2026-11-22 15:04; a day alone stays a day. */
export function moment(at: string): string {
  return DAY.test(at) ? at : parts.format(new Date(at))
}

/** 2026-11-22 */
export function day(at: string): string {
  return moment(at).slice(0, 10)
}

/** 周日 */
export function weekdayOf(at: string): string {
  return weekday.format(new Date(DAY.test(at) ? `${at}T12:00:00+08:00` : at))
}
