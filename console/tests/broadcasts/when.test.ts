import { describe, expect, it } from 'vitest'

import { doneWords } from '@/broadcasts/acts'
import { wrongWith } from '@/broadcasts/when'

const NOW = Date.parse('2026-11-23T09:52:30+08:00')

describe('when a broadcast may go out', () => {
  it('reads what is typed by the clock of Huzhou', () => {
    expect(wrongWith('at', '2026-11-23T09:53', NOW)).toBeUndefined()
    expect(wrongWith('at', '2026-11-23T09:52', NOW)).toContain('已经过去')
    expect(wrongWith('at', '2026-11-20T10:00', NOW)).toContain('已经过去')
    expect(wrongWith('at', '2027-06-01T10:00', NOW)).toContain('180 天')
  })

  it('asks for a moment only where there must be one', () => {
    expect(wrongWith('at', '', NOW)).toBe('请填写发送时间。')
    expect(wrongWith('recurring', '', NOW)).toBeUndefined()
    expect(wrongWith('recurring', '2026-11-23T09:52', NOW)).toBeUndefined()
    expect(wrongWith('now', '2026-11-20T10:00', NOW)).toBeUndefined()
  })
})

describe('what is said of an act that is done', () => {
  it('tells to how many a broadcast goes again, be it nobody', () => {
    expect(doneWords('resend', '补发', 1200)).toBe('已为 1,200 人补发。')
    expect(doneWords('resend', '补发', 0)).toContain('没有需要补发的人')
    expect(doneWords('freeze', '冻结名单', 0)).toBe('已冻结名单。')
  })
})
