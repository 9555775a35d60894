import { describe, expect, it } from 'vitest'

import { count, hoursOf, lines, minuteOf, mondayOf, place, spansWord } from '@/visits/calendar/board'
import { markOf } from '@/visits/calendar/marks'
import type { Booked, Calendar } from '@/visits/calendar/useSpan'

const booked = (id: string, begins: string, ends: string, staff: string[], state = 'confirmed'): Booked =>
  ({ id, starts_at: begins, ends_at: ends, staff, state, state_word: '', enterprises: [], is_open: true }) as unknown as Booked

const told: Calendar = {
  staff: [
    { id: 'a', name: '甲' },
    { id: 'b', name: '乙' },
  ],
  days: [
    { day: '2026-11-25', is_workday: true },
    { day: '2026-11-26', is_workday: true },
  ],
  shifts: [
    { staff_id: 'a', day: '2026-11-25', spans: [[540, 720], [810, 1020]], is_absent: false },
    { staff_id: 'b', day: '2026-11-26', spans: [[540, 720]], is_absent: true },
  ],
  visits: [
    booked('1', '2026-11-25T09:00:00+08:00', '2026-11-25T10:30:00+08:00', ['a', 'b']),
    booked('2', '2026-11-26T14:00:00+08:00', '2026-11-26T15:00:00+08:00', ['b'], 'requested'),
  ],
} as unknown as Calendar

describe('the calendar of visits', () => {
  it('has a line for each visitor, and a visit on the line of all who go', () => {
    const all = lines(told, { staff: '', state: '' })
    expect(all.map(({ name }) => name)).toEqual(['甲', '乙'])
    expect(all.map(({ cells }) => cells.get('2026-11-25')?.visits.map(({ id }) => id))).toEqual([['1'], ['1']])
    expect(count(all)).toBe(2)
  })

  it('tells when somebody could go, and nothing of that where he is away', () => {
    const [first, second] = lines(told, { staff: '', state: '' })
    expect(first?.cells.get('2026-11-25')).toMatchObject({ hours: '09:00–12:00、13:30–17:00', isAbsent: false })
    expect(second?.cells.get('2026-11-26')).toMatchObject({ hours: '', isAbsent: true })
  })

  it('narrows down to one visitor, and to who has visits in a state', () => {
    expect(lines(told, { staff: 'a', state: '' })).toHaveLength(1)
    const waiting = lines(told, { staff: '', state: 'requested' })
    expect(waiting.map(({ id }) => id)).toEqual(['b'])
    expect(count(waiting)).toBe(1)
  })

  it('begins its weeks on Monday, across the year too', () => {
    expect(mondayOf('2026-11-29')).toBe('2026-11-23')
    expect(mondayOf('2027-01-01')).toBe('2026-12-28')
  })

  it('reckons in Huzhou whatever the clock here says, beyond midnight too', () => {
    expect(minuteOf('2026-11-25T01:00:00Z', '2026-11-25')).toBe(540)
    expect(minuteOf('2026-11-25T17:00:00Z', '2026-11-25')).toBe(1500)
    expect(spansWord([[1380, 1560]])).toBe('23:00–次日 02:00')
  })

  it('spans office hours, and more where a visit is outside of them', () => {
    expect(hoursOf([], '2026-11-25')).toEqual({ first: 8, last: 18 })
    const late = booked('3', '2026-11-25T18:30:00+08:00', '2026-11-25T19:10:00+08:00', ['a'])
    expect(hoursOf([late], '2026-11-25')).toEqual({ first: 8, last: 20 })
  })

  it('draws nothing beyond its edges', () => {
    expect(place(540, 1080, { first: 8, last: 18 })).toEqual({ left: 0.1, width: 0.9 })
    expect(place(300, 540, { first: 8, last: 18 })).toEqual({ left: 0, width: 0.1 })
    expect(place(0, 60, { first: 8, last: 18 }).width).toBe(0)
  })

  it('marks rest, a holiday, and a day that is worked instead', () => {
    const day = { day: '2026-10-10', is_workday: true, usual: null, holiday: '国庆节', source: 'library', note: null, citation: null, set_by: null, set_by_name: null, set_at: null } as never
    expect(markOf(day)).toEqual({ isRest: false, sign: '班', holiday: '国庆节', heard: '调休上班，国庆节' })
  })
})
