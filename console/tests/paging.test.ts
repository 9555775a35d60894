import { describe, expect, it } from 'vitest'

import { told } from '@/api/paging'

describe('how many a list says there are', () => {
  it.each([
    [3, false, {}, '共 3 条'],
    [30, true, {}, '已显示 30 条，还有更多'],
    [30, true, { count: null }, '已显示 30 条，还有更多'],
    [30, true, { count: 1234, count_is_at_least: false }, '共 1,234 条，已显示 30 条'],
    [30, true, { count: 10_000, count_is_at_least: true }, '至少 10,000 条，已显示 30 条'],
    [2000, false, { count: 10_000, count_is_at_least: true }, '共 2,000 条'],
  ])('%d shown, more %s, %o', (shown, hasMore, first, sentence) => {
    expect(told(shown, hasMore, first)).toBe(sentence)
  })
})
