import { describe, expect, it } from 'vitest'

import { type Day, mark, months, weekday } from '@/worktime/useCalendar'

const day = (on: string, isWorkday: boolean, usual: boolean | null = null): Day =>
  ({ day: on, is_workday: isWorkday, usual, source: usual === null ? 'library' : 'override', holiday: '', note: null, citation: null, set_by: null, set_by_name: null, set_at: null }) as Day

describe('the calendar', () => {
  it('begins its weeks on Monday', () => {
    expect(weekday('2026-11-23')).toBe(0)
    expect(weekday('2026-11-22')).toBe(6)
  })

  it('has twelve months, each beginning where its first day stands', () => {
    const told = months([day('2026-02-01', false), day('2026-02-02', true)])
    expect(told).toHaveLength(12)
    expect(told[1]).toMatchObject({ number: 2, before: 6, days: [{ day: '2026-02-01' }, { day: '2026-02-02' }] })
    expect(told[0]?.days).toEqual([])
  })

  it('marks what is not as the day of the week says, and what was changed', () => {
    expect(mark(day('2026-11-23', true))).toBe('')
    expect(mark(day('2026-11-22', false))).toBe('')
    expect(mark(day('2026-11-22', true))).toBe('班')
    expect(mark(day('2026-11-23', false))).toBe('休')
    expect(mark(day('2026-11-23', true, false))).toBe('班')
  })
})
