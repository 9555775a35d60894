import { describe, expect, it } from 'vitest'

import type { Case } from '@/cases/useCase'
import { checkDraft, draftOf, naming } from '@/publications/draft'

const answered = (body: string) => ({ kind: 'answered', body })
const asked = { title: '小店  怎样\n申请减免', body: '我是王老五，小店怎样申请减免？', timeline: [answered('第一次的答复'), { kind: 'reopened', body: '没有解决' }, answered('第二次的答复')] } as unknown as Case

describe('a public wording', () => {
  it('begins with what was asked and with the last answer, in a title of one line', () => {
    expect(draftOf(asked)).toEqual({ title: '小店 怎样 申请减免', asked: asked.body, answered: '第二次的答复' })
  })

  it('begins with the earlier wording where it corrects one, and takes nothing else of it', () => {
    const earlier = { title: '怎样申请减免', asked: '小店怎样申请？', answered: '在网上申请。', state: 'published', id: 'x' }
    expect(draftOf(asked, earlier)).toEqual({ title: '怎样申请减免', asked: '小店怎样申请？', answered: '在网上申请。' })
  })

  it('is never longer than the API takes', () => {
    const long = draftOf({ ...asked, title: '问'.repeat(99), body: '问'.repeat(3000), timeline: [] })
    expect([long.title.length, long.asked.length, long.answered]).toEqual([60, 2000, ''])
  })

  it.each([
    ['asked', '电话 13800138000。', ['手机号']],
    ['asked', '92330501MA2B5K8X3T 这家店', ['统一社会信用代码']],
    ['answered', '请拨打 13800138000 咨询', []],
    ['answered', '证件 33050119800101123X', ['身份证号']],
    ['title', '编号 WW-20261123-0007 怎样办', []],
    ['asked', '单号 2026112313800138000123', []],
  ] as const)('of %s “%s” names %j', (field, text, found) => {
    expect(naming(field, text)).toEqual(found)
  })

  it('is refused with the reason beside its field', () => {
    expect(checkDraft({ title: ' ', asked: '打给 13800138000', answered: '好' })).toEqual({ title: '请填写标题。', asked: '含有手机号，请隐去后再提交。' })
  })
})
