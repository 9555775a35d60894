import { describe, expect, it } from 'vitest'

import { blank, checkDraft, contentOfDraft, differences, draftOf } from '@/policies/edit/draft'

describe('a draft', () => {
  it('goes to the API without its number and with the rule as JSON', () => {
    const content = contentOfDraft({ ...blank(), number: 'ZC-1', title: '小店减费' })
    expect(content).not.toHaveProperty('number')
    expect(content).toMatchObject({ title: '小店减费', effective_to: null })
    expect(content.rule).toMatchObject({ all: [{ fact: '' }] })
  })

  it('comes back as it went', () => {
    const content = contentOfDraft({ ...blank(), title: '小店减费' })
    expect(contentOfDraft(draftOf(content))).toEqual(content)
  })

  it('says what is missing before the API is asked', () => {
    const wrong = checkDraft({ ...blank(), title: '有了' })
    expect(Object.keys(wrong)).not.toContain('title')
    expect(wrong['summary']).toBe('请填写“摘要”。')
  })

  it('differs from another field by field, in words', () => {
    const mine = contentOfDraft({ ...blank(), level: 'city', title: '甲' })
    expect(differences(mine, { ...mine, level: 'province', title: '乙' }, new Map(), (group, code) => `${group}:${code}`)).toEqual([
      { label: '标题', mine: '甲', theirs: '乙' },
      { label: '级别', mine: 'policy_level:city', theirs: 'policy_level:province' },
    ])
  })
})
