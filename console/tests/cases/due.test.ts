import { describe, expect, it } from 'vitest'

import { clocks, running, span, stopped } from '@/cases/due'
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

const entry = (kind: string, when: string, data: Record<string, unknown> = {}): Case['timeline'][number] =>
  ({ seq: 1, at: at(when), kind, word: kind, by: 'staff', who: null, whom: null, body: '', data, citations: [], files: [] })

const dated = (told: Partial<Case>): Case =>
  ({
    accept_due_at: at('11:00'), answer_due_at: at('18:00'), solution_due_at: '2026-11-30T17:30:00+08:00', statutory_due_at: null,
    promised_on: null, is_paused: false, state: 'in_progress', answered_at: null, closed_at: null, timeline: [], ...told,
  }) as Case

const standings = (told: Partial<Case>): Record<string, string | undefined> =>
  Object.fromEntries(clocks(dated(told), NOW).map((one) => [one.key, one.standing?.word]))

describe('the clocks of a case', () => {
  it('run until something stops them', () => {
    expect(standings({})).toMatchObject({ accept: '已超期1小时', answer: '即将到期，还剩6小时' })
    expect(standings({ timeline: [entry('accepted', '10:00')] })['accept']).toBe('按时完成')
  })

  it('rest but for the acceptance', () => {
    expect(standings({ is_paused: true })).toMatchObject({ accept: '已超期1小时', answer: '暂停计时', solution: '暂停计时' })
    expect(standings({ state: 'waiting_for_owner', timeline: [entry('asked', '10:00')] })).toMatchObject({ accept: '按时完成', solution: '暂停计时' })
  })

  it('run again when the answer is refused, but the first answer stays given', () => {
    const timeline = [entry('accepted', '09:00'), entry('answered', '10:00')]
    expect(standings({ timeline })).toMatchObject({ answer: '按时完成', solution: '按时完成' })
    expect(standings({ timeline: [...timeline, entry('refused', '11:00')] })).toMatchObject({ answer: '按时完成', solution: '还剩7天5小时' })
  })

  it('are not ended by a superior who has it done again', () => {
    const timeline = [entry('answered', '10:00'), entry('refused', '11:00'), entry('decided', '11:30', { because: 'again' })]
    expect(standings({ timeline })['solution']).toBe('还剩7天5小时')
  })

  it('tell the law’s term by its date alone', () => {
    expect(clocks(dated({ statutory_due_at: at('18:00') }), NOW).at(-1)).toEqual({ key: 'statutory', label: '法定期限', due: at('18:00') })
  })
})
