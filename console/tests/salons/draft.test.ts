import { describe, expect, it } from 'vitest'

import { blank, check, contentOf, draftOf } from '@/salons/edit/draft'
import { blankQuestion, formOf, freshKey, questionsOf, wrongWith } from '@/salons/edit/questions'
import type { Salon } from '@/salons/useSalons'

const TODAY = '2026-11-23'
const FORM = {
  type: 'object',
  properties: {
    q1: { type: 'string', title: '想了解什么？', maxLength: 200 },
    q2: { type: 'integer', title: '从业人数', minimum: 0, maximum: 10 ** 12, 'x-fact': 'employees', 'x-when-known': 'skip' },
    q3: { type: 'array', title: '哪些时段方便？', items: { type: 'string', enum: ['上午', '下午'] }, uniqueItems: true },
  },
  required: ['q1'],
  additionalProperties: false,
}
const READ = {
  ...contentOf({ ...blank({ district: '330502', unit: '' }, TODAY), title: '标题', topic: 'policy' }),
  id: '1',
  state: 'open',
  starts_at: '2026-12-07T06:00:12.345Z',
  form: FORM,
  quotas: [{ id: 'a', title: '现场席位', way: 'hall', seats: 30, hard_limit: 30, extra: 0, taken: 3, is_for_first_timers: false }],
} as unknown as Salon

describe('a salon while it is written', () => {
  it('leaves a moment that was not touched as it was, to the second', () => {
    const draft = draftOf(READ)
    expect(draft.starts_at).toBe('2026-12-07T14:00')
    expect(contentOf(draft, READ).starts_at).toBe(READ.starts_at)
    expect(contentOf({ ...draft, starts_at: '2026-12-07T14:30' }, READ).starts_at).toBe('2026-12-07T14:30:00+08:00')
  })

  it('sends a form that is out as it stands, and a draft as it is written', () => {
    const draft = { ...draftOf(READ), form: [] }
    expect(contentOf(draft, READ).form).toEqual(FORM)
    expect(contentOf(draft, { ...READ, state: 'draft' }).form).toEqual({})
  })

  it('asks for no rule where everybody is meant', () => {
    const draft = { ...draftOf(READ), is_limited: true }
    expect(contentOf(draft)).toMatchObject({ rule: null, is_limited: false })
    expect(contentOf({ ...draft, has_rule: true }).rule).not.toBeNull()
  })

  it('says what is missing where it is missing', () => {
    const draft = blank({ district: '', unit: '' }, TODAY)
    expect(check(draft)).toEqual({ title: '请填写“标题”。', topic: '请填写“主题”。' })
    const wrong = { ...draft, title: '甲', topic: 'policy', ends_at: draft.starts_at, closes_at: '2026-12-08T00:00', has_rule: true }
    wrong.quotas = draft.quotas.map((one) => ({ ...one, hard_limit: 10 }))
    wrong.sessions = [{ title: '', speaker: '', starts_at: '2026-12-07T13:00', ends_at: '2026-12-07T13:00' }]
    expect(Object.keys(check(wrong)).sort()).toEqual([
      'closes_at', 'ends_at', 'quotas.0.hard_limit', 'reason', 'sessions.0.ends_at', 'sessions.0.starts_at', 'sessions.0.title',
    ])
  })
})

describe('the questions of a sign-up form', () => {
  it('are read and spelled again as they were, the bounds of the API aside', () => {
    const read = questionsOf(FORM)
    expect(read.map(({ kind, is_required, fact }) => [kind, is_required, fact])).toEqual([['text', true, ''], ['integer', false, 'employees'], ['choices', false, '']])
    expect(formOf(read)).toEqual({
      type: 'object',
      properties: {
        q1: { type: 'string', title: '想了解什么？', maxLength: 200 },
        q2: { type: 'integer', title: '从业人数', 'x-fact': 'employees', 'x-when-known': 'skip' },
        q3: { type: 'array', title: '哪些时段方便？', items: { type: 'string', enum: ['上午', '下午'] } },
      },
      required: ['q1'],
    })
    expect(formOf([])).toEqual({})
  })

  it('keep their names wherever they move', () => {
    const given = { properties: { wish: { type: 'string', title: '想了解什么？' }, diet: { type: 'boolean', title: '用餐' } }, required: ['diet'] }
    const moved = formOf(questionsOf(given).reverse())
    expect(Object.keys(moved['properties'] as object)).toEqual(['diet', 'wish'])
    expect(moved['required']).toEqual(['diet'])
    expect(Object.keys(wrongWith(questionsOf(given).map((one) => ({ ...one, title: '' }))))).toEqual(['form.properties.wish.title', 'form.properties.diet.title'])
    expect(freshKey([blankQuestion('q1'), blankQuestion('q3')])).toBe('q4')
  })

  it('want choices that differ, and bounds that are numbers', () => {
    const chosen = { ...blankQuestion('q1'), title: '吃什么？', kind: 'choice' as const }
    expect(wrongWith([{ ...chosen, choices: '米饭' }])).toEqual({ 'form.properties.q1.choices': '至少写两个选项，一行一个。' })
    expect(wrongWith([{ ...chosen, choices: '米饭\n米饭' }])).toEqual({ 'form.properties.q1.choices': '有相同的选项。' })
    expect(wrongWith([{ ...chosen, kind: 'integer', least: '一' }])).toEqual({ 'form.properties.q1.least': '请填写数字。' })
    expect(wrongWith([{ ...chosen, kind: 'integer', least: '5', greatest: '1' }])['form.properties.q1.greatest']).toContain('没有人能填写')
    expect(wrongWith([{ ...chosen, kind: 'number', greatest: '-1' }])['form.properties.q1.greatest']).toContain('（0）')
    expect(wrongWith([{ ...chosen, kind: 'number', least: '-5', greatest: '-1' }])).toEqual({})
  })
})
