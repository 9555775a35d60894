import { describe, expect, it } from 'vitest'

import { clocks, minutes, running, span, stopped } from '@/cases/due'
import type { Case } from '@/cases/useCase'

const at = (text: string): string => `2026-11-23T${text}:00+08:00`
const NOW = Date.parse(at('12:00'))

describe('a span of time', () => {
  it.each([
    [1000, '1分钟'],
    [20 * 60_000, '20分钟'],
    [5 * 3_600_000, '5小时'],
    [24 * 3_600_000, '1天'],
    [76 * 3_600_000, '3天4小时'],
  ])('%i ms is %s', (ms, told) => expect(span(ms)).toBe(told))
})

describe('a term', () => {
  it('says by how much it is over, how long is left, and when little is left', () => {
    expect(running(at('10:00'), NOW)).toEqual({ word: '已超期2小时', tone: 'bad' })
    expect(running(at('17:00'), NOW)).toEqual({ word: '即将到期，还剩5小时', tone: 'wait' })
    expect(running('2026-11-27T12:00:00+08:00', NOW)).toEqual({ word: '还剩4天', tone: 'info' })
  })

  it('was kept to the minute and not a minute later', () => {
    expect(stopped(at('10:00'), at('10:00')).tone).toBe('good')
    expect(stopped(at('10:00'), at('10:01'))).toEqual({ word: '超期1分钟完成', tone: 'bad' })
  })
})

type Told = Case['clocks'][number]
const clock = (told: Partial<Told>): Told => ({ clock: 'accept', stands: 'running', due_at: at('11:00'), stopped_at: null, is_late: false, level: 0, ...told })
const word = (told: Partial<Told>): string | undefined => clocks({ clocks: [clock(told)], statutory_due_at: null }, NOW)[0]?.standing?.word

describe('the clocks of a case', () => {
  it('are told as the server read them', () => {
    expect(word({})).toBe('已超期1小时')
    expect(word({ due_at: at('18:00') })).toBe('即将到期，还剩6小时')
    expect(word({ stands: 'paused' })).toBe('暂停计时')
    expect(word({ stands: 'merged' })).toBe('随并入的事项办理')
    expect(word({ stands: 'stopped', stopped_at: at('10:00') })).toBe('按时完成')
    expect(word({ stands: 'stopped', stopped_at: at('11:30'), is_late: true })).toBe('超期30分钟完成')
  })

  it('are not kept by what was decided or taken back before anybody did them', () => {
    expect(word({ stands: 'void', stopped_at: at('10:00') })).toBe('未计')
    expect(word({ stands: 'void', stopped_at: at('11:30'), is_late: true })).toBe('超期未完成')
  })

  it('forget no delay that a later term took in', () => {
    expect(word({ stands: 'stopped', stopped_at: at('10:00'), is_late: true })).toBe('曾超期，已完成')
  })

  it('say when most of the office time is gone though days are left', () => {
    expect(word({ due_at: '2026-11-27T12:00:00+08:00', level: 80 })).toBe('时限已用80%，还剩4天')
  })

  it('tell the law’s term by its date alone', () => {
    expect(clocks({ clocks: [], statutory_due_at: at('18:00') }, NOW)).toEqual([{ key: 'statutory', label: '法定期限', due: at('18:00') }])
  })
})

it.each([
  [45, '45分钟'],
  [120, '2小时'],
  [150, '2小时30分钟'],
])('%i office minutes are %s', (count, told) => expect(minutes(count)).toBe(told))
