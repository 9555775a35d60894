/** How states of a visit look: a tone and a shape, beside the API's word for it. */

import type { Shape } from '@/components/ShapeMark.vue'
import type { Tone } from '@/components/StateTag.vue'

interface Look {
  tone: Tone
  shape: Shape
}

const FALLEN: Look = { tone: 'info', shape: 'cross' }
const MISSED: Look = { tone: 'bad', shape: 'alarm' }
export const LOOKS: Readonly<Record<string, Look>> = {
  requested: { tone: 'wait', shape: 'ring' },
  confirmed: { tone: 'brand', shape: 'disc' },
  arrived: { tone: 'brand', shape: 'play' },
  reported: { tone: 'brand', shape: 'half' },
  closed: { tone: 'good', shape: 'tick' },
  no_show_owner: MISSED,
  no_show_staff: MISSED,
}

export const lookOf = (state: string): Look => LOOKS[state] ?? FALLEN

/** What takes somebody's time, or took it: the calendar shows these; the others fell through. */
export const STANDING = Object.keys(LOOKS)

/** 09:00 */
export const hour = (at: string): string => clock.format(new Date(at))
const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai', hour: '2-digit', minute: '2-digit', hour12: false })

/** 540 → 09:00; what begins after midnight belongs to the day before: 1500 → 次日 01:00. */
export function minutes(of: number): string {
  const within = of % DAY
  const told = `${String(Math.floor(within / HOUR)).padStart(2, '0')}:${String(within % HOUR).padStart(2, '0')}`
  if (of === DAY) return '24:00'
  return of > DAY ? `次日 ${told}` : told
}
const HOUR = 60
const DAY = 24 * HOUR

/** 235 → 3小时55分钟 */
export function lasting(of: number): string {
  const [hours, rest] = [Math.floor(of / HOUR), of % HOUR]
  if (hours === 0) return `${rest}分钟`
  return rest === 0 ? `${hours}小时` : `${hours}小时${rest}分钟`
}

/** 11月25日 */
export function dayWord(day: string): string {
  return `${Number(day.slice(5, 7))}月${Number(day.slice(8, 10))}日`
}
