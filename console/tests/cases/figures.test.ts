import { describe, expect, it } from 'vitest'

import { bars, type Figures, isEmpty, lastMonth, told } from '@/cases/figures/figures'
import { narrowing } from '@/cases/queue/useQueue'

describe('a figure', () => {
  it('is a rate with what it is made of, and none of nothing', () => {
    expect(told({ is_rate: true }, { count: 12, of: 13 })).toBe('92.3%（12/13）')
    expect(told({ is_rate: true }, { count: 0, of: 0 })).toBe('—')
    expect(told({ is_rate: false }, { count: 1234, of: null })).toBe('1,234')
    expect(told({ is_rate: false }, undefined)).toBe('—')
  })

  it('leaves groups out of which nothing can be told', () => {
    const figure = { name: 'kept', word: '承诺兑现', formula: '', is_rate: true }
    const groups = [
      { key: 'a', word: '甲', values: { kept: { count: 1, of: 2 } } },
      { key: 'b', word: null, values: { kept: { count: 0, of: 0 } } },
    ]
    expect(bars({ groups } as unknown as Figures, figure)).toEqual([['甲', 50]])
  })
})

describe('the month that is over', () => {
  it.each([
    ['2026-11-23', '2026-10-01', '2026-10-31'],
    ['2026-01-01', '2025-12-01', '2025-12-31'],
    ['2024-03-31', '2024-02-01', '2024-02-29'],
  ])('before %s', (today, from, to) => expect(lastMonth(today)).toEqual({ from, to }))
})

it('counts as a filter what narrows, not which queue it is', () => {
  const wanted = { queue: 'all', sort: 'newest', q: '', state: 'open', category: '', district: '', unit: '', handler: '', channel: '', urgency: '', origin: '', enterprise: '', from: '', to: '' }
  expect(narrowing(wanted)).toEqual(['state'])
})

it('a period in which nothing came is told to be empty, and no other', () => {
  expect(isEmpty({ total: { received: { count: 0, of: null } } })).toBe(true)
  expect(isEmpty({ total: { received: { count: 1, of: null } } })).toBe(false)
})
