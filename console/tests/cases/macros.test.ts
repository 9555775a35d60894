import { describe, expect, it } from 'vitest'

import { check, draftOf, sent, step } from '@/cases/macros/draft'
import { type Macro, summary } from '@/cases/macros/useMacros'

describe('a macro that is written', () => {
  it('sends of each step only what its kind has', () => {
    expect(sent({ ...step('reply'), text: '您好' })).toEqual({ act: 'reply', text: '您好' })
    expect(sent(step('resume'))).toEqual({ act: 'resume' })
    const items = [{ words: '执照', why: '核对', citation: '' }, { words: ' ', why: '', citation: '' }]
    expect(sent({ ...step('ask'), items })).toEqual({ act: 'ask', items: [items[0]], reason: '' })
  })

  it('is read back as it was', () => {
    const acts = [{ act: 'promise', days: 5 }, { act: 'ask', items: [{ words: '执照', why: '', citation: '条例' }], reason: '' }]
    const draft = draftOf({ name: '三步', unit_id: null, acts } as unknown as Macro)
    expect(draft.acts.map(sent)).toEqual(acts)
  })

  it('names the place of what is missing', () => {
    const wrong = check({ name: '', unit_id: '', acts: [step('resume'), step('reply'), step('ask')] })
    expect(Object.entries(wrong).filter(([, told]) => told).map(([path]) => path)).toEqual(['name', 'acts.1.text', 'acts.2.items.0.words'])
  })
})

describe('what a macro would do', () => {
  const can = { refusal: null }
  const cannot = { refusal: '正等待上级决定' }
  it.each([
    [[can], ''],
    [[cannot], '不能办理，一步都不会办理。'],
    [[can, can], '2 件都可以办理。'],
    [[can, cannot], '1 件可以办理，1 件不能。'],
  ])('to %j', (items, told) => expect(summary(items, '办理')).toBe(told))
})
