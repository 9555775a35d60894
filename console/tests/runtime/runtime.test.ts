import { describe, expect, it } from 'vitest'

import { lasting, size, tiles } from '@/runtime/words'

describe('figures', () => {
  it('tell how long something lasts in the largest unit that says enough', () => {
    expect([5, 119, 120, 7199, 7200, 172_799, 172_800].map(lasting)).toEqual([
      '5 秒', '119 秒', '2 分钟', '119 分钟', '2 小时', '47 小时', '2 天',
    ])
  })
  it('tell sizes', () => {
    expect([size(22 * 1024 ** 2), size(3.5 * 1024 ** 3)]).toEqual(['22 MB', '3.5 GB'])
  })
})

describe('queues', () => {
  const none = { waiting: 0, oldest_seconds: 0 }
  const health = {
    outbox: { due: 3, oldest_seconds: 700, dead: 1 },
    messages: { ...none, last_hour: {} },
    callbacks: { waiting: 2, oldest_seconds: 90 },
    imports: { waiting: 1, running: 0 },
    seals: { unsealed: 10_001, lag_seconds: 20, sealed_at: null },
  }
  it('are judged by how long their oldest entry waits', () => {
    const told = tiles(health as unknown as Parameters<typeof tiles>[0])
    const tones = Object.fromEntries(told.map((one) => [one.key, one.tone]))
    expect(tones).toEqual({ outbox: 'bad', dead: 'bad', messages: 'good', callbacks: 'wait', imports: 'good', seals: 'good' })
    expect(told.find((one) => one.key === 'seals')?.figure).toBe('10,000 以上')
  })
})
