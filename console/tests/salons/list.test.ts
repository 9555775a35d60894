import { describe, expect, it } from 'vitest'

import { shareOf, totalOf } from '@/salons/figures/figures'
import { byDay, ends, monthAfter, monthOf, weeksOf } from '@/salons/list/month'
import { expecting, offers } from '@/salons/show/acts'
import type { Listed } from '@/salons/useSalons'
import { seatsOf, span } from '@/salons/words'

describe('a month of salons', () => {
  it('is what the address says, unless that is no month', () => {
    expect(monthOf('2026-13', '2026-11-23')).toBe('2026-11')
    expect(monthOf('2027-02', '2026-11-23')).toBe('2027-02')
    expect(monthAfter('2026-12', 1)).toBe('2027-01')
    expect(monthAfter('2026-01', -1)).toBe('2025-12')
    expect(ends('2028-02')).toEqual({ first: '2028-02-01', last: '2028-02-29' })
  })

  it('has whole weeks', () => {
    const weeks = weeksOf('2026-11') // begins on a Sunday, ends on a Monday
    expect(weeks).toHaveLength(6)
    expect([weeks[0]?.[0], weeks.at(-1)?.at(-1)]).toEqual(['2026-10-26', '2026-12-06'])
  })

  it('puts each salon on its day in Huzhou, the earlier first', () => {
    const salons = ['2026-11-22T17:00:00Z', '2026-11-23T09:00:00+08:00', '2026-11-23T00:30:00+08:00'].map((starts_at) => ({ starts_at }) as Listed)
    expect(byDay(salons).get('2026-11-23')).toEqual([salons[2], salons[0], salons[1]])
  })
})

describe('what is told of a salon', () => {
  it('names the second day only where there is one', () => {
    expect(span('2026-12-10T06:00:00Z', '2026-12-10T08:00:00Z')).toBe('2026-12-10 周四 14:00~16:00')
    expect(span('2026-12-10T06:00:00Z', '2026-12-11T08:00:00Z')).toBe('2026-12-10 周四 14:00 至 2026-12-11 周五 16:00')
  })

  it('adds up its quotas', () => {
    expect(seatsOf({ quotas: [{ seats: 20, free: 2 }, { seats: 5, free: 5 }] as Listed['quotas'] })).toBe('18/25')
    expect(expecting({ signups: { pending: 1, waiting: 2, attended: 9, left: 4 } })).toBe(3)
  })

  it('is offered what the API allows, the one that comes next first', () => {
    expect(offers({ may: ['cancel', 'copy', 'publish'] }).map(({ act }) => act)).toEqual(['publish', 'cancel'])
  })

  it('tells no rate of nobody', () => {
    const one = { name: 'tax', word: '财税', salons: 1, seats: 20, signed_up: 3, came: 2, not_come: 1, waited_in_vain: 0 }
    expect(shareOf(one)).toBe('66.7%')
    expect(shareOf({ came: 0, not_come: 0 })).toBe('—')
    expect(totalOf([one, { ...one, name: 'policy' }])).toMatchObject({ word: '合计', seats: 40, came: 4 })
  })
})
