import { describe, expect, it } from 'vitest'

import { type Board, lined, type Question, stepped, whole } from '@/salons/board/useBoard'
import { average, share, starred } from '@/salons/feedback/ratings'
import { answersOf, blanks, fieldsOf, sent } from '@/salons/signups/answers'
import type { SignUp } from '@/salons/signups/useSignUps'
import { failures, question } from '@/salons/signups/verdicts'

const asked = (id: string, given: Partial<Question> = {}): Question =>
  ({ id, state: 'shown', is_answered: false, asked_at: `2026-12-10T06:00:0${id}Z`, body: id, ...given }) as Question

describe('the line of questions', () => {
  const items = [asked('1', { is_answered: true }), asked('4'), asked('2'), asked('3', { state: 'held' })]
  const ids = (line: Question[]): string[] => line.map(({ id }) => id)

  it('goes by time, what was pinned first', () => {
    expect(ids(lined(items, 'open', []))).toEqual(['2', '4'])
    expect(ids(lined(items, 'open', ['4']))).toEqual(['4', '2'])
    expect(ids(lined(items, 'answered', []))).toEqual(['1'])
    expect(ids(lined(items, 'checking', []))).toEqual(['3'])
  })

  it('is whole, however many lots the questions come in', async () => {
    const lots: Record<string, Board> = {
      '': { asked: 3, answered: 1, items: [asked('3'), asked('2')], next: 'b' } as Board,
      b: { asked: 3, answered: 1, items: [asked('1')], next: null } as Board,
    }
    const board = await whole(async (cursor = '') => Promise.resolve(lots[cursor] as Board))
    expect([board.asked, board.next, ids([...board.items])]).toEqual([3, null, ['3', '2', '1']])
  })

  it('is walked from end to end and no further', () => {
    const line = lined(items, 'open', [])
    expect(stepped(line, '', 1)).toBe('2')
    expect(stepped(line, '2', 1)).toBe('4')
    expect(stepped(line, '4', 1)).toBe('4')
    expect(stepped(line, '2', -1)).toBe('2')
    expect(stepped([], '2', 1)).toBe('')
  })
})

describe('what attendees thought', () => {
  it('is counted, the best first', () => {
    const ratings = { '1': 0, '2': 1, '3': 0, '4': 1, '5': 2 }
    expect(starred(ratings)[0]).toEqual([5, 2])
    expect(average(ratings)).toBe('4.0')
    expect(average({})).toBe('—')
    expect([share(1, 3), share(0, 0)]).toEqual([33, 0])
  })
})

describe('a verdict on many', () => {
  const row = (id: string, state: string): SignUp => ({ id, state, enterprise: `店${id}`, attendee: '' }) as SignUp
  const picked = [row('1', 'pending'), row('2', 'confirmed')]

  it('leaves out whom it does not fit, and says so', () => {
    const act = question('refuse', 's', picked, () => undefined)
    expect(act.title).toBe('不通过：店1')
    expect(act.effects.at(-1)).toContain('1 个所选的报名不适用')
    expect(act.reason).toBe('required')
    expect(question('remove', 's', picked, () => undefined).title).toBe('取消报名 2 个报名')
    expect(question('approve', 's', picked, () => undefined).reason).toBeUndefined()
  })

  it('names whom it could not reach', () => {
    const told = failures([{ id: '1', state: 'confirmed', detail: null }, { id: '2', state: null, detail: '已处理' }], picked)
    expect(told).toEqual([{ id: '2', name: '店2', why: '已处理' }])
  })
})

describe('what was filled in', () => {
  it('stands in the order of the form, as people say it', () => {
    const form = { properties: { b: { title: '乙' }, a: { title: '甲' }, c: { title: '丙' } } }
    expect(answersOf(form, { a: ['x', 'y'], b: false }).map(({ label, value }) => [label, value])).toEqual([
      ['乙', '否'],
      ['甲', 'x、y'],
      ['丙', '—'],
    ])
  })

  it('is sent as what was asked for, without what was left out', () => {
    const fields = fieldsOf({
      required: ['size'],
      properties: { size: { title: '人数', type: 'integer' }, about: { title: '内容', type: 'array', items: { enum: ['x'] } }, is_new: { title: '首次', type: 'boolean' }, note: { title: '备注', type: 'string' } },
    })
    expect(fields.map(({ isRequired }) => isRequired)).toEqual([true, false, false, false])
    expect(sent(fields, blanks(fields))).toEqual({})
    expect(sent(fields, { size: '2', about: ['x'], is_new: 'no', note: '' })).toEqual({ size: 2, about: ['x'], is_new: false })
    expect(sent(fields, { ...blanks(fields), size: '两个' })).toEqual({ size: '两个' })
  })
})
