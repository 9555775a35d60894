import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { canGoOn, forget, isEnding, learn, secondsLeft, tick, used } from '@/shell/sessionClock'

const TOLD = { ends_at: '', idle_at: '', idle_seconds: 1800, idle_seconds_left: 1800, seconds_left: 7200 }

function pass(seconds: number): void {
  vi.advanceTimersByTime(seconds * 1000)
  tick()
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] })
  forget()
})
afterEach(() => vi.useRealTimers())

describe('the end of a session', () => {
  it('is unknown until the server told it', () => {
    expect(secondsLeft.value).toBeNull()
    expect(isEnding.value).toBe(false)
  })

  it('comes nearer while nobody works and is announced two minutes before', () => {
    learn(TOLD)
    pass(1679)
    expect(isEnding.value).toBe(false)
    pass(1)
    expect([secondsLeft.value, isEnding.value, canGoOn.value]).toEqual([120, true, true])
    pass(500)
    expect(secondsLeft.value).toBe(0)
  })

  it('moves away with every use, but not beyond the eight hours', () => {
    learn({ ...TOLD, seconds_left: 2000 })
    pass(1000)
    used()
    tick()
    expect(secondsLeft.value).toBe(1000)
    pass(900)
    used()
    tick()
    expect([secondsLeft.value, canGoOn.value]).toEqual([100, false])
  })
})
