import { describe, expect, it } from 'vitest'

import { told } from '@/api/paging'

describe('the number of a list', () => {
  it('is exact once everything is there', () => {
    expect(told(0, false)).toBe('共 0 条')
    expect(told(37, false)).toBe('共 37 条')
  })

  it('is not made up while there is more', () => {
    expect(told(30, true)).toBe('已显示 30 条，还有更多')
  })

  it('is the server’s where it tells one', () => {
    expect(told(30, true, { count: 412 })).toBe('共 412 条，已显示 30 条')
    expect(told(30, true, { count: 1000, count_is_at_least: true })).toBe('至少 1,000 条，已显示 30 条')
  })
})
