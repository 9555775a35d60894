import { effectScope, nextTick, reactive } from 'vue'
import { describe, expect, it, vi } from 'vitest'

import { Problem } from '@/api/problem'
import { versioned } from '@/components/acting'

const CHANGED = new Problem(412, { code: 'precondition_failed', title: '', detail: '' })

function made(hasBegun: () => boolean, renew: () => Promise<void> = () => Promise.resolve()) {
  const one = reactive({ version: 1 })
  const send = effectScope().run(() => versioned(() => one, renew, hasBegun))
  if (!send) throw new Error('not begun')
  return { one, send }
}

describe('an act goes out for the version that its writer saw', () => {
  it('which is the newest until he begins', async () => {
    const { one, send } = made(() => false)
    one.version = 2 // the act before this one came back after the form had opened
    await nextTick()
    expect(await send((version) => Promise.resolve(version))).toBe(2)
  })

  it('and no newer one once he has begun', async () => {
    const { one, send } = made(() => true)
    one.version = 2
    await nextTick()
    expect(await send((version) => Promise.resolve(version))).toBe(1)
  })

  it('until it was done, also where the page shows that before the answer comes', async () => {
    const { one, send } = made(() => true)
    await send(() => {
      one.version = 2
      return nextTick()
    })
    expect(await send((version) => Promise.resolve(version))).toBe(2)
  })

  it('until he was told that it is another now', async () => {
    const renew = vi.fn(() => {
      one.version = 3
      return Promise.resolve()
    })
    const { one, send } = made(() => true, renew)
    await expect(send(() => Promise.reject(CHANGED))).rejects.toBe(CHANGED)
    expect(renew).toHaveBeenCalledOnce()
    expect(await send((version) => Promise.resolve(version))).toBe(3)
  })
})
