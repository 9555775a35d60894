/** Recurrence as a form and as a sentence. The API takes iCalendar's RRULE (RFC 5545, section 3.3.10). */

export type Every = 'DAILY' | 'WEEKLY' | 'MONTHLY'

export interface Recurrence {
  every: Every
  /** Weekdays of a weekly one, MO to SU. */
  days: string[]
  /** Day of the month of a monthly one; from the 29th on some months have none. */
  monthDay: number
  /** How often in all; 0 for without end. */
  times: number
}

export const WEEKDAYS = [
  ['MO', '周一'],
  ['TU', '周二'],
  ['WE', '周三'],
  ['TH', '周四'],
  ['FR', '周五'],
  ['SA', '周六'],
  ['SU', '周日'],
] as const

const NAMES = new Map<string, string>(WEEKDAYS)
const UNITS: Readonly<Record<string, string>> = { DAILY: '天', WEEKLY: '周', MONTHLY: '个月', YEARLY: '年' }

export function ruleOf(wanted: Recurrence): string {
  const parts = [`FREQ=${wanted.every}`]
  const days = WEEKDAYS.map(([code]) => code).filter((code) => wanted.days.includes(code))
  if (wanted.every === 'WEEKLY' && days.length > 0) parts.push(`BYDAY=${days.join(',')}`)
  if (wanted.every === 'MONTHLY') parts.push(`BYMONTHDAY=${wanted.monthDay}`)
  if (wanted.times > 0) parts.push(`COUNT=${wanted.times}`)
  return parts.join(';')
}

/** 每周一、周四，共 10 次. A rule with parts that no form here makes is shown as it stands. */
export function sentenceOf(rule: string): string {
  const parts = new Map(rule.replace(/^RRULE:/, '').split(';').map((part) => part.split('=', 2) as [string, string]))
  const unit = UNITS[parts.get('FREQ') ?? '']
  const known = ['FREQ', 'INTERVAL', 'BYDAY', 'BYMONTHDAY', 'COUNT', 'WKST']
  const days = (parts.get('BYDAY') ?? '').split(',').filter(Boolean)
  if (!unit || [...parts.keys()].some((name) => !known.includes(name)) || days.some((day) => !NAMES.has(day))) return rule
  const interval = Number(parts.get('INTERVAL') ?? 1)
  const every = interval > 1 ? `每 ${interval} ${unit}` : `每${unit.replace('个', '')}`
  const onDays = days.length > 0 ? days.map((day) => NAMES.get(day)).join('、') : ''
  const on = parts.has('BYMONTHDAY') ? `的 ${parts.get('BYMONTHDAY') ?? ''} 日` : onDays && `的${onDays}`
  const times = parts.has('COUNT') ? `，共 ${parts.get('COUNT') ?? ''} 次` : ''
  return `${every}${on}${times}`
}
