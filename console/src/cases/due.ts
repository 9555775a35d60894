/** How a term stands, in words: until when, how long still, or by how much it is over. */

import type { Tone } from '@/components/StateTag.vue'

import type { Case } from './useCase'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** From here on the eye is drawn to it. */
const SOON = DAY
const AT_RISK = 80
const MINUTES = 60

export interface Standing {
  word: string
  tone: Tone
}

/** 3天4小时, 5小时, 20分钟: by the clock on the wall, for which days are worked only the server knows. */
export function span(ms: number): string {
  const days = Math.floor(ms / DAY)
  const hours = Math.floor((ms % DAY) / HOUR)
  if (days > 0) return hours > 0 ? `${days}天${hours}小时` : `${days}天`
  return hours > 0 ? `${hours}小时` : `${Math.max(1, Math.floor(ms / MINUTE))}分钟`
}

/** A term that runs; most of the office time may be gone (`level`, in percent) though days are left on the calendar. */
export function running(due: string, now: number, level = 0): Standing {
  const left = Date.parse(due) - now
  if (left <= 0) return { word: `已超期${span(-left)}`, tone: 'bad' }
  if (left <= SOON) return { word: `即将到期，还剩${span(left)}`, tone: 'wait' }
  return level >= AT_RISK ? { word: `时限已用${level}%，还剩${span(left)}`, tone: 'wait' } : { word: `还剩${span(left)}`, tone: 'info' }
}

/** A term that has ended at some moment. */
export function stopped(due: string, at: string): Standing {
  const over = Date.parse(at) - Date.parse(due)
  return over > 0 ? { word: `超期${span(over)}完成`, tone: 'bad' } : { word: '按时完成', tone: 'good' }
}

export interface Clock {
  key: string
  label: string
  due: string
  /** Nothing is said of a term that merely bounds another, like the law's own. */
  standing?: Standing
}

type Told = Case['clocks'][number]

const LABELS: Readonly<Record<string, string>> = { accept: '接办', answer: '首次答复', solution: '办结' }

/** A term that was kept may have been over before: an extension or a second answer takes no delay back. */
function ended(one: Told, at: string): Standing {
  const told = stopped(one.due_at, at)
  return one.is_late && told.tone === 'good' ? { word: '曾超期，已完成', tone: 'bad' } : told
}

/** Nobody did what the term is for: what was decided or taken back before keeps none. */
function unmet(one: Told): Standing {
  return one.is_late ? { word: '超期未完成', tone: 'bad' } : { word: '未计', tone: 'info' }
}

function standing(one: Told, now: number): Standing {
  if (one.stands === 'void') return unmet(one)
  if (one.stopped_at !== null) return ended(one, one.stopped_at)
  if (one.stands === 'merged') return { word: '随并入的事项办理', tone: 'info' }
  return one.stands === 'paused' ? { word: '暂停计时', tone: 'info' } : running(one.due_at, now, one.level)
}

/** The terms of a case that are told one by one, in the order in which they run out. */
export function clocks(one: Pick<Case, 'clocks' | 'statutory_due_at'>, now: number): Clock[] {
  const told = one.clocks.map((each): Clock => ({ key: each.clock, label: LABELS[each.clock] ?? each.clock, due: each.due_at, standing: standing(each, now) }))
  return one.statutory_due_at === null ? told : [...told, { key: 'statutory', label: '法定期限', due: one.statutory_due_at }]
}

/** Office minutes as they are said: 2小时30分钟, 45分钟. */
export function minutes(count: number): string {
  const hours = Math.floor(count / MINUTES)
  const rest = count % MINUTES
  if (hours === 0) return `${rest}分钟`
  return rest > 0 ? `${hours}小时${rest}分钟` : `${hours}小时`
}
