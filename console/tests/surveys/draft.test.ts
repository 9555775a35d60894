import { describe, expect, it } from 'vitest'

import { blank, blankQuestion, checkDraft, choicesOf, contentOf, draftOf, freshKey, questionOf, ruleOf } from '@/surveys/edit/draft'
import type { Survey } from '@/surveys/useSurveys'

const NOW = new Date('2026-11-23T02:00:00Z')

describe('a survey while it is written', () => {
  it('keeps the codes of choices whose words stay', () => {
    const one = { ...blankQuestion('q1'), choices: '资金\n 用工 \n\n场地', codes: { 用工: 'c1', 已删: 'c2' } }
    expect(choicesOf(one)).toEqual([
      { code: 'c2', words: '资金' },
      { code: 'c1', words: '用工' },
      { code: 'c3', words: '场地' },
    ])
  })

  it('sends only what a question of its kind has', () => {
    const one = { ...blankQuestion('q1'), text: '几人？', kind: 'number' as const, unit: '人', choices: '甲\n乙', most: '2', may_open_case: true, least: '0' }
    expect(questionOf(one)).toEqual({
      key: 'q1', kind: 'number', text: '几人？', hint: '', is_required: false, fact: null, when_known: 'prefill', unit: '人', places: 0, least: '0', greatest: null,
    })
    expect(questionOf({ ...one, kind: 'single', fact: 'ownership' })).not.toHaveProperty('choices')
  })

  it('leaves what its conditions rest on to its reason', () => {
    const draft = blank(NOW)
    Object.assign(draft.rule.parts[0] as object, { fact: 'employees', op: 'le', value: 10 })
    expect(ruleOf(draft.rule)).toEqual({ all: [{ fact: 'employees', op: 'le', value: 10 }] })
    const read = draftOf({ ...contentOf(draft), id: '1', rule: { not: { fact: 'employees', op: 'le', value: 10, citation: { document: '别的' } } } } as unknown as Survey)
    expect(ruleOf(read.rule)).toEqual({ not: { fact: 'employees', op: 'le', value: 10 } })
  })

  it('names a new question by no name that is taken', () => {
    expect(freshKey([blankQuestion('q1'), blankQuestion('q3')])).toBe('q4')
  })

  it('says what is missing where it is missing', () => {
    const draft = blank(NOW)
    expect(checkDraft(draft)).toEqual({ title: '请填写“标题”。', reason: '请填写“调查原因”。', 'questions.0.text': '请填写题目。' })
    draft.questions[0] = { ...blankQuestion('q1'), text: '选', choices: '只有一个' }
    expect(checkDraft(draft)['questions.0.choices']).toContain('两个')
    expect([draft.opens_on, draft.closes_on]).toEqual(['2026-11-23', '2026-12-07'])
  })
})
