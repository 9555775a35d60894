/** How long the session still lasts: 30 minutes after its last use, and 8 hours after it began. */

import { computed, ref } from 'vue'

import type { SessionEnds } from '@/session/store'

export const ANNOUNCED = 120 // seconds before the end

interface Known {
  at: number // performance clock, so that a wrong or moved clock of this computer says nothing
  left: number
  idleLeft: number
  idleLimit: number
}

const known = ref<Known | null>(null)
const now = ref(performance.now())

/** What the server told. */
export function learn(told: SessionEnds): void {
  known.value = {
    at: performance.now(),
    left: told.seconds_left,
    idleLeft: told.idle_seconds_left,
    idleLimit: told.idle_seconds,
  }
  now.value = performance.now()
}

/** A request of the user's own was answered: the idle time begins anew. */
export function used(): void {
  const before = known.value
  if (!before) return
  const passed = (performance.now() - before.at) / 1000
  known.value = { ...before, at: performance.now(), left: before.left - passed, idleLeft: before.idleLimit }
}

export function tick(): void {
  now.value = performance.now()
}

export function forget(): void {
  known.value = null
}

function since(one: Known): number {
  return (now.value - one.at) / 1000
}

/** Seconds until the session ends; null while that is not known. */
export const secondsLeft = computed(() => {
  const one = known.value
  return one && Math.max(0, Math.floor(Math.min(one.left, one.idleLeft) - since(one)))
})

/** Whether going on would help: eight hours end for everybody. */
export const canGoOn = computed(() => {
  const one = known.value
  return one !== null && one.left - since(one) > ANNOUNCED
})

export const isEnding = computed(() => secondsLeft.value !== null && secondsLeft.value <= ANNOUNCED)
