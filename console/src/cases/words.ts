/** How states of a case look; their words are the API's. */

import type { Tone } from '@/components/StateTag.vue'

export const STATE_TONES: Readonly<Record<string, Tone>> = {
  received: 'wait',
  assigned: 'wait',
  transferred: 'wait',
  in_progress: 'brand',
  waiting_for_owner: 'info',
  answered: 'brand',
  reopened: 'bad',
  declined: 'info',
  closed_confirmed: 'good',
  closed_by_silence: 'good',
  closed_by_decision: 'good',
}

export const URGENCY_TONES: Readonly<Record<string, Tone>> = { urgent: 'wait', critical: 'bad' }

export const TASK_TONES: Readonly<Record<string, Tone>> = { open: 'wait', done: 'good' }

/** The two levels that oblige to something. */
export const BAD_FROM = 2

export const levelTone = (level: number): Tone => (level <= BAD_FROM ? 'bad' : 'good')
