import { describe, expect, it } from 'vitest'

import { bars, brokenDown, groupNames, KEPT_BACK, lines, rest, TOGETHER, UNPLACED } from '@/surveys/show/results'
import type { ResultQuestion, Results } from '@/surveys/useSurveys'

const QUESTION = {
  key: 'q1', kind: 'single', text: '困难？', unit: '', may_open_case: false, median: null, quartiles: null, medians: {},
  rows: [
    { codes: ['a'], words: '用工', count: 30, district: [10, null, null], size: [] },
    { codes: ['b'], words: '资金', count: null, district: [], size: [] },
  ],
} as unknown as ResultQuestion

describe('results as they are drawn', () => {
  it('says of what is kept back only that it is', () => {
    expect(lines(QUESTION, 'district')).toEqual([['用工', 30, 10, KEPT_BACK, KEPT_BACK], ['资金', KEPT_BACK]])
    expect(bars(QUESTION)).toEqual([{ words: '用工', count: 30 }])
    expect(rest(QUESTION.rows[0] as ResultQuestion['rows'][number], 'district')).toBe(20)
  })

  it('breaks down only what the API breaks down', () => {
    expect([brokenDown(QUESTION, 'district'), brokenDown(QUESTION, 'size'), brokenDown(QUESTION, null)]).toEqual(['district', null, null])
  })

  it('names groups that were put together or have no place', () => {
    const results = { groups: { district: [{ name: '330502' }, { name: '' }, { name: '*' }] } } as unknown as Results
    expect(groupNames(results, 'district', (_, code) => `区${code}`)).toEqual(['区330502', UNPLACED, TOGETHER])
  })
})
