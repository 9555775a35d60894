import { describe, expect, it } from 'vitest'

import { answeredOf, cellText, countOf, type Counts, hasBars, HIDDEN, sumOf } from '@/financing/figures/funnel'
import { pledgeFacts } from '@/financing/figures/pledges'
import { endedQuarters, quarterChoices, quarterOf } from '@/financing/figures/quarters'
import { comparison, flowRows, type Offer } from '@/financing/parts/comparison'
import { amountText, feeText, grouped, rateText, trimmed } from '@/financing/parts/money'
import { asked, typicalOf, type Terms } from '@/financing/products/sample'
import { inForce, sharedNote } from '@/financing/values/lpr'

const WORDS: Readonly<Record<string, string>> = { one_year: '1年期LPR', guarantee: '担保费', yearly: '每年预收' }
const word = (_: string, code: string | null | undefined): string => WORDS[code ?? ''] ?? code ?? '—'

describe('money', () => {
  it.each([['1437.50', '1,437.50'], ['12', '12'], ['1000000', '1,000,000'], ['0.0001', '0.0001'], ['123456.7891', '123,456.7891']])('%s is written %s', (given, written) => {
    expect(grouped(given)).toBe(written)
  })

  it.each([['3.0000', '3'], ['3.4500', '3.45'], ['10', '10'], ['0.0000', '0']])('a rate of %s is read as %s', (given, read) => {
    expect(trimmed(given)).toBe(read)
  })

  it('says one figure where both ends are the same', () => {
    expect([amountText('5', '300'), amountText('50', '50')]).toEqual(['5 至 300 万元', '50 万元'])
  })

  it('tells rates and fees', () => {
    const none = { rate_min_percent: null, rate_max_percent: null }
    expect(rateText({ ...none, rate_kind: 'lpr', lpr_tenor: 'one_year', bp_min: -5, bp_max: 80 }, word)).toBe('1年期LPR −5 至 +80 基点')
    expect(rateText({ rate_kind: 'range', rate_min_percent: '3.2', rate_max_percent: '4.5', lpr_tenor: null, bp_min: null, bp_max: null }, word)).toBe('3.2% 至 4.5%')
    expect(feeText({ kind: 'guarantee', basis: 'percent_of_principal', amount: '0.8', when: 'yearly', is_conditional: true }, word)).toBe('担保费：每年预收，本金的 0.8%（有条件才收）')
  })
})

function offer(institution: string, apr: string, payments: string[]): Offer {
  const cost = { apr_percent: apr, received_yuan: '500000', interest_yuan: '1', fees_yuan: '0', cost_yuan: '1', first_payment_yuan: '1', largest_payment_yuan: '1' }
  return { institution, amount_wan: '1200', cost, worst: cost, payments_yuan: payments, fees: [], months: 12, bp: null, rate_percent: '3.5' } as unknown as Offer
}

describe('offers side by side', () => {
  const offers = [offer('甲', '3.5', ['100.5']), offer('乙', '4', ['1', '2000'])]

  it('mark what differs', () => {
    const lines = comparison(offers, word)
    expect(lines.filter(({ differs }) => differs).map(({ label }) => label)).toEqual(['年化成本', '最坏情形的年化成本'])
    expect(lines[0]?.cells).toEqual(['3.5%', '4%'])
    expect(lines[4]?.cells[0]).toBe('1,200 万元')
  })

  it('show what is paid when, and nothing where a loan is over', () => {
    expect(flowRows(offers).slice(1)).toEqual([['第 1 个月', '−100.5', '−1'], ['第 2 个月', '—', '−2,000']])
  })
})

describe('a typical loan', () => {
  const terms: Terms = {
    ...{ amount_min_wan: '100', amount_max_wan: '300', months_min: 24, months_max: 36, repayments: ['bullet'], rate_kind: 'range', rate_max_percent: '4.5' },
    ...{ lpr_tenor: 'one_year', bp_max: 0, day_count: 'months', fees: [] },
  }

  it('is as near to the usual one as the product goes', () => {
    expect(typicalOf(terms)).toEqual({ amount_wan: '100', months: 24, repayment: 'bullet' })
  })

  it('is not asked for while something is not written', () => {
    expect(asked({ ...terms, rate_max_percent: '' }, typicalOf(terms))).toBeNull()
    expect(asked({ ...terms, repayments: [] }, typicalOf({ ...terms, repayments: [] }))).toBeNull()
    expect(asked(terms, typicalOf(terms))).toMatchObject({ rate_percent: '4.5', months: 24 })
  })

  it('goes by the LPR with the highest points', () => {
    expect(asked({ ...terms, rate_kind: 'lpr', rate_max_percent: '', bp_max: 80 }, typicalOf(terms))).toMatchObject({ lpr_tenor: 'one_year', bp: 80 })
  })
})

describe('figures', () => {
  it('count the quarters that are over', () => {
    expect(endedQuarters(new Date('2026-11-23T08:00:00Z')).slice(0, 4)).toEqual(['2026-Q3', '2026-Q2', '2026-Q1', '2025-Q4'])
    expect(endedQuarters(new Date('2026-12-31T17:00:00Z'))[0]).toBe('2026-Q4') // the new year in Huzhou
    expect(quarterChoices(new Date('2026-11-23T08:00:00Z'), '2021-Q1').at(-1)).toEqual(['2021-Q1', '2021年第一季度'])
    expect(quarterOf('2026-Q9', new Date('2026-11-23T08:00:00Z'))).toBe('2026-Q3')
  })

  it('draw no frame around nothing', () => {
    const told = (cells: Record<string, number | null>) => ({ dimension: 'bank', total: 8, outcomes: [], groups: [{ part: '甲', count: 8, cells, accept_minutes: null, decide_minutes: null }], refusals: [], needs: [], second_looks: [] })
    expect([told({ drawn: null, rejected: 0 }), told({ drawn: 8 })].map(hasBars)).toEqual([false, true])
  })

  it('say what is kept back, and that nothing is nothing', () => {
    expect([cellText(null), cellText(0)]).toEqual([HIDDEN, '0'])
  })

  const counts = (told: Readonly<Record<string, number>>): Counts => Object.entries(told).map(([code, count]) => ({ code, word: code, count }))

  it('tell what was put together from what there is none of', () => {
    const whole = counts({ upheld: 9, open: 5 })
    expect([sumOf(whole), answeredOf(whole), countOf(whole, 'overturned')]).toEqual([14, 9, 0])
    const together = counts({ upheld: 9, '*': 6 })
    expect([sumOf(together), answeredOf(together), countOf(together, 'overturned')]).toEqual([15, null, null])
  })

  it('compare pledges with the target of its own year alone', () => {
    const told = {
      ...{ year: 2022, loans: 3, drawn_wan: '12345.6', key: 'ip_pledge', name: '知识产权质押额', value: '1.2346', unit: '亿元', op: '>=' },
      ...{ target: '35', target_year: 2022, reached_percent: '3.50', counts: '按放款日期', leaves_out: '登记金额' },
    }
    expect(pledgeFacts(told).map(({ value }) => value)).toEqual(['3 笔，放款合计 12,345.6 万元', '1.2346 亿元', '不低于 35 亿元', '3.5%', '按放款日期', '登记金额'])
    const other = pledgeFacts({ ...told, year: 2026, reached_percent: null }).find(({ key }) => key === 'reached')
    expect([other?.value, other?.note]).toEqual(['不计算', '2026 年没有公布的目标，2022 年的仅供参照。'])
  })

  it('know the LPR of a day', () => {
    const at = (effective_on: string, rate_percent: string) => ({ tenor: 'one_year' as const, effective_on, rate_percent, source: '公告' })
    const table = [at('2025-05-20', '3'), at('2026-12-21', '2.9'), at('2024-10-21', '3.1')]
    expect(inForce(table, 'one_year', '2026-11-23')?.rate_percent).toBe('3')
    expect(inForce(table, 'five_years', '2026-11-23')).toBeUndefined()
  })

  it('say once what stands beside many rates', () => {
    const rate = (checked_against: string, verified_by: string | null = null) => ({ checked_against, verified_by })
    expect(sharedNote([rate('未核'), rate('公告'), rate('未核')])).toBe('未核')
    expect(sharedNote([rate('公告', '吴'), rate('公告', '吴'), rate('未核'), rate('')])).toBe('')
  })
})
