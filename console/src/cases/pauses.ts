/** When the clocks of a case stood still, read from its timeline as the server's clocks read it. */

import type { Entry } from './useCase'

export interface Pause {
  from: string
  to: string | null
  reason: string
}

const MATERIAL = 'waiting_for_owner'
const ENDS = new Set(['answered', 'declined', 'decided', 'confirmed', 'closed_by_silence'])

export function pauses(timeline: readonly Pick<Entry, 'kind' | 'at' | 'data'>[]): Pause[] {
  const told: Pause[] = []
  const begin = (at: string, reason: string): void => {
    if (!told.some((one) => one.to === null && one.reason === reason)) told.push({ from: at, to: null, reason })
  }
  const end = (at: string, reason?: string): void => {
    for (const one of told) if (one.to === null && (reason === undefined || one.reason === reason)) one.to = at
  }
  for (const { kind, at, data } of timeline) {
    const reason = typeof data['reason'] === 'string' ? data['reason'] : undefined
    if (kind === 'asked') begin(at, MATERIAL)
    else if (kind === 'paused') begin(at, reason ?? '')
    else if (kind === 'supplied') end(at, MATERIAL)
    else if (kind === 'resumed') end(at, reason)
    else if (ENDS.has(kind) && data['because'] !== 'again') end(at)
  }
  return told
}
