import { describe, expect, it } from 'vitest'

import type { Review } from '@/bindings/useReviews'
import { compareNames, labelOf, question } from '@/bindings/verdicts'

const review = (told: Partial<Review>): Review =>
  ({ kind: 'claim', role: 'manager', role_word: '管理人员', enterprise: '甲店', uscc: '9133', has_representative: false, ...told }) as Review

describe('names', () => {
  it.each([
    ['张三', '张三', 'same'],
    ['张 三', '张三', 'same'],
    ['阿依古丽·买买提', '阿依古丽买买提', 'same'],
    ['张三', '李四', 'different'],
    ['张三', null, 'unknown'],
    [null, '张三', 'unknown'],
  ] as const)('%s and %s are %s', (written, registered, match) => {
    expect(compareNames(written, registered)).toBe(match)
  })
})

describe('a verdict', () => {
  it('wants a reason where somebody is turned away', () => {
    expect(question(review({}), 'refuse').reason).toBe('required')
    expect(question(review({}), 'approve').reason).toBe('optional')
    expect(question(review({ kind: 'objection' }), 'refuse')).toMatchObject({ reason: 'required', isDangerous: true, label: '解除绑定' })
  })

  it('says of an objection what becomes of the binding', () => {
    expect(labelOf({ kind: 'objection' }, 'approve')).toBe('维持绑定')
    expect(question(review({ kind: 'objection' }), 'approve').effects.join()).toContain('恢复')
  })

  it('warns that there is a representative already', () => {
    const told = (one: Partial<Review>): string => question(review(one), 'approve').effects.join()
    expect(told({ role: 'representative', has_representative: true })).toContain('已有法定代表人')
    expect(told({ role: 'representative' })).not.toContain('已有法定代表人')
    expect(told({ has_representative: true })).not.toContain('已有法定代表人')
  })

  it('names by its code an enterprise that nobody registered', () => {
    expect(question(review({ enterprise: null }), 'approve').effects.join()).toContain('9133')
  })
})
