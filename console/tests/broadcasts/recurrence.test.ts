import { describe, expect, it } from 'vitest'

import { ruleOf, sentenceOf } from '@/broadcasts/recurrence'
import { share } from '@/broadcasts/words'

const weekly = { every: 'WEEKLY' as const, days: ['TH', 'MO'], monthDay: 1, times: 0 }

describe('a recurrence', () => {
  it('is a rule with its weekdays in the order of the week', () => {
    expect(ruleOf(weekly)).toBe('FREQ=WEEKLY;BYDAY=MO,TH')
    expect(ruleOf({ ...weekly, days: [] })).toBe('FREQ=WEEKLY')
    expect(ruleOf({ ...weekly, every: 'MONTHLY', monthDay: 15, times: 6 })).toBe('FREQ=MONTHLY;BYMONTHDAY=15;COUNT=6')
  })

  it.each([
    ['FREQ=DAILY', '每天'],
    ['FREQ=WEEKLY;BYDAY=MO,TH', '每周的周一、周四'],
    ['FREQ=WEEKLY;INTERVAL=2;BYDAY=FR', '每 2 周的周五'],
    ['RRULE:FREQ=MONTHLY;BYMONTHDAY=15;COUNT=6', '每月的 15 日，共 6 次'],
    ['FREQ=YEARLY', '每年'],
  ])('%s reads %s', (rule, sentence) => {
    expect(sentenceOf(rule)).toBe(sentence)
  })

  it.each(['FREQ=MONTHLY;BYDAY=1MO', 'FREQ=WEEKLY;BYSETPOS=1', 'nonsense'])('%s is shown as it stands', (rule) => {
    expect(sentenceOf(rule)).toBe(rule)
  })
})

describe('a share', () => {
  it.each([
    [1, 3, '33.3%'],
    [3, 3, '100%'],
    [99_999, 100_000, '99.9%'],
    [1, 100_000, '0.1%'],
    [0, 5, '0%'],
    [0, 0, '—'],
  ])('%d of %d is told as %s', (part, whole, told) => {
    expect(share(part, whole)).toBe(told)
  })
})
