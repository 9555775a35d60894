/** Asks before an act that has consequences: says what it will do, and keeps the question open when it is refused. */

import { shallowRef } from 'vue'

import type { Once } from '@/api/client'

export interface Act {
  title: string
  /** What will happen, one sentence each; never "are you sure". */
  effects: readonly string[]
  /** What the button says: the act's own verb. */
  label: string
  isDangerous?: boolean
  reason?: 'required' | 'optional'
  reasonLabel?: string
  reasonLimit?: number
  /** Does it; what it throws is shown in the dialog, which stays. `once` is the same for every try of one question. */
  perform: (reason: string, once: Once) => Promise<unknown>
}

export interface Asked extends Act {
  settle: (isDone: boolean) => void
}

export const asked = shallowRef<Asked | null>(null)

/** Resolves to whether the act was performed. */
export function confirmAct(act: Act): Promise<boolean> {
  asked.value?.settle(false)
  return new Promise((resolve) => {
    const mine: Asked = {
      ...act,
      settle: (isDone) => {
        // an answer that comes late does not close the question that took its place
        if (asked.value === mine) asked.value = null
        resolve(isDone)
      },
    }
    asked.value = mine
  })
}
