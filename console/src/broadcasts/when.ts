/** When a broadcast may go out; moments are Huzhou's, without their zone, as they are typed. */

export const DAYS_AHEAD = 180
const MS_A_MINUTE = 60_000
const MS_A_DAY = 86_400_000

export type Schedule = 'now' | 'at' | 'recurring'

/** As the API takes it. */
export function instant(at: string): string {
  return `${at}:00+08:00`
}

/** What is wrong with a wanted moment; a recurring one may begin without any. */
export function wrongWith(schedule: Schedule, at: string, now: number = Date.now()): string | undefined {
  if (schedule === 'now') return undefined
  if (!at) return schedule === 'at' ? '请填写发送时间。' : undefined
  const wanted = Date.parse(instant(at))
  // what repeats may begin in the minute that is passing, as the API takes it
  if (wanted <= now - (schedule === 'recurring' ? MS_A_MINUTE : 0)) return '这个时间已经过去，请填写今后的时间（北京时间）。'
  if (wanted > now + DAYS_AHEAD * MS_A_DAY) return `最多提前 ${DAYS_AHEAD} 天。`
  return undefined
}
