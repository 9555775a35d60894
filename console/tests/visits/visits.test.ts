import { describe, expect, it } from 'vitest'

import { nextOf, type Stop } from '@/visits/day/useRoute'
import { span } from '@/visits/settings/reason'
import { offers } from '@/visits/show/acts'
import { isLate } from '@/visits/show/questions'
import { details } from '@/visits/show/timeline'
import { byDay } from '@/visits/useSlots'
import { lasting, lookOf, minutes } from '@/visits/words'
import { draftOf, next, periods, sent, wrongSpans } from '@/visits/plan/week'

const PLANS = [
  { weekday: 1, valid_from: '2026-11-01', valid_until: '2026-11-30', spans: [[540, 720]], places: ['on_site'] },
  { weekday: 1, valid_from: '2026-12-01', valid_until: null, spans: [[600, 660]], places: ['phone'] },
]

describe('a week of visiting hours', () => {
  it('begins with what counts on the day from which it is written', () => {
    expect(draftOf(PLANS, '2026-11-23')[0]).toEqual({ weekday: 1, spans: [{ begin: 540, end: 720 }], places: ['on_site'] })
    expect(draftOf(PLANS, '2027-05-01')[0]?.spans).toEqual([{ begin: 600, end: 660 }])
    expect(draftOf(PLANS, '2026-11-23')[1]).toMatchObject({ weekday: 2, spans: [] })
  })

  it('sends only days that have hours', () => {
    expect(sent(draftOf(PLANS, '2026-11-23'))).toEqual([{ weekday: 1, spans: [[540, 720]], places: ['on_site'] }])
  })

  it('offers the morning, then the afternoon, then what follows', () => {
    const first = next([])
    expect(first).toEqual({ begin: 540, end: 720 })
    const second = next([first])
    expect(second).toEqual({ begin: 810, end: 1020 })
    expect(next([first, second])).toEqual({ begin: 1020, end: 1080 })
  })

  it('refuses what overlaps or ends before it begins', () => {
    expect(wrongSpans([{ begin: 600, end: 600 }])).toContain('晚于')
    expect(wrongSpans([{ begin: 600, end: 720 }, { begin: 540, end: 610 }])).toContain('重叠')
    expect(wrongSpans([{ begin: 600, end: 720 }, { begin: 720, end: 780 }])).toBeUndefined()
  })

  it('tells plans by the time for which they count', () => {
    expect(periods(PLANS).map(({ from, until, days }) => [from, until, days.length])).toEqual([
      ['2026-11-01', '2026-11-30', 1],
      ['2026-12-01', null, 1],
    ])
  })
})

describe('a visit', () => {
  it('offers what is allowed, what comes next first', () => {
    expect(offers(['cancel', 'confirm', 'something_new']).map(({ act, isPrimary }) => [act, isPrimary])).toEqual([
      ['confirm', true],
      ['cancel', false],
    ])
  })

  it('is cancelled late only once it was confirmed and little time is left', () => {
    const begins = Date.parse('2026-11-25T09:00:00+08:00')
    const one = { state: 'confirmed', starts_at: '2026-11-25T09:00:00+08:00' }
    expect(isLate(one, 1440, begins - 23 * 3_600_000)).toBe(true)
    expect(isLate(one, 1440, begins - 25 * 3_600_000)).toBe(false)
    expect(isLate({ ...one, state: 'requested' }, 1440, begins - 3_600_000)).toBe(false)
    expect(isLate(one, undefined, begins)).toBe(false)
  })

  it('tells where it was moved and to whom it was given', () => {
    const moved = { kind: 'moved', data: { before: '2026-11-25T01:00:00Z', after: '2026-11-26T02:00:00Z' } }
    expect(details(moved, () => undefined)).toEqual(['2026-11-25 09:00 → 2026-11-26 10:00'])
    expect(details({ kind: 'reassigned', data: { staff: ['a', 'gone'] } }, (id) => (id === 'a' ? '甲' : undefined))).toEqual(['→ 甲'])
  })

  it('has a shape of its own for each kind of state', () => {
    const shapes = ['requested', 'confirmed', 'arrived', 'reported', 'closed', 'no_show_owner', 'declined'].map((state) => lookOf(state).shape)
    expect(new Set(shapes).size).toBe(shapes.length)
    expect(lookOf('expired')).toEqual(lookOf('cancelled_by_owner'))
  })
})

describe('times in words', () => {
  it('tells minutes as people do', () => {
    expect([minutes(540), minutes(1440), minutes(1500)]).toEqual(['09:00', '24:00', '次日 01:00'])
    expect([lasting(5), lasting(120), lasting(235)]).toEqual(['5分钟', '2小时', '3小时55分钟'])
    expect([span(2880), span(120), span(90), span(0)]).toEqual(['2 天', '2 小时', '90 分钟', '0 分钟'])
  })

  it('puts slots under their day in Huzhou', () => {
    const found = byDay([
      { starts_at: '2026-11-25T01:00:00Z', visitors: 1 },
      { starts_at: '2026-11-25T16:30:00Z', visitors: 1 },
    ])
    expect(found.map(({ day }) => day)).toEqual(['2026-11-25', '2026-11-26'])
  })

  it('knows which stop comes next', () => {
    const stop = (id: string, state: string, ends: string): Stop => ({ id, state, ends_at: ends }) as unknown as Stop
    const stops = [stop('1', 'reported', '2026-11-25T02:00:00Z'), stop('2', 'confirmed', '2026-11-25T03:00:00Z'), stop('3', 'confirmed', '2026-11-25T07:00:00Z')]
    expect(nextOf(stops, Date.parse('2026-11-25T02:30:00Z'))?.id).toBe('2')
    expect(nextOf(stops, Date.parse('2026-11-25T04:00:00Z'))?.id).toBe('3')
    expect(nextOf(stops, Date.parse('2026-11-26T04:00:00Z'))).toBeUndefined()
  })
})
