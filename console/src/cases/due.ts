/** How a term stands, in words: until when, how long still, or by how much it is over. */

import type { Tone } from '@/components/StateTag.vue'

import type { Case } from './useCase'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** From here on the eye is drawn to it. */
const SOON = DAY

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

/** A term that runs. */
export function running(due: string, now: number): Standing {
  const left = Date.parse(due) - now
  if (left <= 0) return { word: `已超期${span(-left)}`, tone: 'bad' }
  return left <= SOON ? { word: `即将到期，还剩${span(left)}`, tone: 'wait' } : { word: `还剩${span(left)}`, tone: 'info' }
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

type Dated = Pick<
  Case,
  | 'accept_due_at'
  | 'answer_due_at'
  | 'solution_due_at'
  | 'statutory_due_at'
  | 'promised_on'
  | 'is_paused'
  | 'state'
  | 'answered_at'
  | 'closed_at'
  | 'timeline'
>

const RESTS = new Set(['waiting_for_owner'])
/** What ended the one and began the other again. */
const AGAIN = new Set(['refused', 'reopened'])
const ANSWERS = new Set(['answered', 'declined', 'decided'])

function first(one: Dated, ...kinds: string[]): string | null {
  return one.timeline.find(({ kind }) => kinds.includes(kind))?.at ?? null
}

/** When it was last solved, unless its owner said since that it is not. */
function solved(one: Dated): string | null {
  const last = one.timeline.findLast(({ kind }) => ANSWERS.has(kind) || AGAIN.has(kind))
  if (last === undefined || AGAIN.has(last.kind)) return one.closed_at
  if (last.kind === 'decided' && last.data['because'] === 'again') return null
  return last.at
}

/** The terms of a case that are told one by one, in the order in which they run out. */
export function clocks(one: Dated, now: number): Clock[] {
  const answer = first(one, 'answered', 'declined')
  const accepted = first(one, 'accepted', 'asked') ?? answer ?? one.closed_at
  const rests = one.is_paused || RESTS.has(one.state)
  const standing = (due: string, end: string | null, mayRest: boolean): Standing => {
    if (end !== null) return stopped(due, end)
    if (one.state === 'merged') return { word: '随并入的事项办理', tone: 'info' }
    return rests && mayRest ? { word: '暂停计时', tone: 'info' } : running(due, now)
  }
  const told: Clock[] = []
  if (one.accept_due_at) told.push({ key: 'accept', label: '接办', due: one.accept_due_at, standing: standing(one.accept_due_at, accepted, false) })
  if (one.answer_due_at) told.push({ key: 'answer', label: '首次答复', due: one.answer_due_at, standing: standing(one.answer_due_at, answer ?? one.closed_at, true) })
  if (one.solution_due_at) told.push({ key: 'solution', label: '办结', due: one.solution_due_at, standing: standing(one.solution_due_at, solved(one), true) })
  if (one.statutory_due_at) told.push({ key: 'statutory', label: '法定期限', due: one.statutory_due_at })
  return told
}
