import { describe, expect, it } from 'vitest'

import { endOf } from '@/publications/bars/until'
import { appealed, standing, verdicts } from '@/publications/bars/useBars'

const AT = '2026-11-23T01:00:00Z'

describe('a bar', () => {
  it('ends by itself or before its day', () => {
    expect(standing({ is_live: true, ended_at: null }).word).toBe('限制中')
    expect(standing({ is_live: false, ended_at: AT }).word).toBe('已提前解除')
    expect(standing({ is_live: false, ended_at: null }).word).toBe('已到期')
  })

  it('tells of an appeal only where there is one', () => {
    expect(appealed({ appealed_at: null, is_upheld: null })).toBeNull()
    expect(appealed({ appealed_at: AT, is_upheld: null })?.word).toBe('申诉待处理')
    expect(appealed({ appealed_at: AT, is_upheld: true })?.word).toBe('申诉成立')
    expect(appealed({ appealed_at: AT, is_upheld: false })?.word).toBe('申诉不成立')
  })

  it('offers an appeal to be decided one way or the other', () => {
    expect(verdicts(['lift', 'decide'])).toEqual(['uphold', 'reject', 'lift'])
    expect(verdicts(['lift'])).toEqual(['lift'])
    expect(verdicts([])).toEqual([])
  })

  it('lasts through its last day in Huzhou', () => {
    expect(new Date(endOf('2026-12-31')).toISOString()).toBe('2026-12-31T15:59:59.000Z')
  })
})
