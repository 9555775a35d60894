import { describe, expect, it } from 'vitest'

import { day, moment, weekdayOf } from '@/components/moment'

describe('a moment', () => {
  it('is told as the clocks in Huzhou show it', () => {
    expect(moment('2026-11-22T07:04:59Z')).toBe('2026-11-22 15:04')
    expect(moment('2026-12-31T23:30:00+00:00')).toBe('2027-01-01 07:30')
  })

  it('that is a day stays that day', () => {
    expect(moment('2026-11-22')).toBe('2026-11-22')
    expect(day('2026-11-22T23:00:00+08:00')).toBe('2026-11-22')
    expect(weekdayOf('2026-11-22')).toBe('周日')
  })
})
