import { describe, expect, it } from 'vitest'

import { offered } from '@/bank/show/acts'
import { bodyOf, type Terms, wrong } from '@/bank/show/offer'
import { BOXES, counted } from '@/bank/referrals/boxes'
import { doorOf } from '@/door'
import { pages } from '@/router'

const TERMS: Terms = {
  amount_wan: '50',
  months: '12',
  repayment: 'interest_first',
  collateral: 'credit',
  valid_until: '2026-12-31',
  rate: 'lpr',
  rate_percent: '',
  lpr_tenor: 'one_year',
  bp: '-20',
  day_count: 'months',
  fees: [],
}

describe('the door', () => {
  it.each(['/console/bank', '/console/bank/', '/console/bank/referrals'])('of %s is the bank’s', (path) => {
    expect(doorOf(path)).toBe('bank')
  })

  it.each(['/console/', '/console/banks', '/console/financing/bank/'])('of %s is the bureau’s', (path) => {
    expect(doorOf(path)).toBe('staff')
  })

  it('has none of the other’s pages', () => {
    expect(pages.filter(({ meta }) => meta.door === 'bank')).toEqual([])
    expect(pages.map(({ name }) => name)).toContain('sign-in')
  })
})

describe('terms of an offer', () => {
  it('are a rate or points, never both', () => {
    expect(bodyOf(TERMS)).toMatchObject({ rate_percent: null, lpr_tenor: 'one_year', bp: -20 })
    expect(bodyOf({ ...TERMS, rate: 'fixed', rate_percent: '3.85' })).toMatchObject({ rate_percent: '3.85', lpr_tenor: null, bp: null })
  })

  it('are told wrong field by field', () => {
    const told = (given: Partial<Terms>): string[] => Object.entries(wrong({ ...TERMS, ...given })).flatMap(([name, word]) => (word ? [name] : []))
    expect(told({})).toEqual([])
    expect(told({ amount_wan: '5 0', months: '1.5', bp: '' })).toEqual(['amount_wan', 'months', 'bp'])
    expect(told({ rate: 'fixed', rate_percent: '103' })).toEqual(['rate_percent'])
  })
})

describe('what is offered', () => {
  it('is what the API lets, and a second offer betters the first', () => {
    expect(offered(['read', 'draw', 'offer'], true).map(({ word }) => word)).toEqual(['登记放款', '改善报价'])
    expect(offered(['read'], false)).toEqual([])
  })
})

describe('boxes', () => {
  const WAITING = { states: { routed: 2, accepted: 1, contacted: 1, due_diligence: 0 }, second_looks: 3, due: 0 }

  it('count what stands in them', () => {
    expect(BOXES.slice(0, 6).map((box) => counted(box, WAITING))).toEqual([' 4', ' 2', ' 2', ' 0', ' 0', ' 3'])
    expect(BOXES.map((box) => counted(box, undefined)).join('')).toBe('')
  })
})
