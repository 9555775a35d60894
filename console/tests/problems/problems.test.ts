import { describe, expect, it } from 'vitest'

import { changed, checkChange } from '@/problems/useProblems'

describe('a problem', () => {
  const one = { responsible_id: 'a', measures: '清空通道' }
  const same = { responsible_id: 'a', days: undefined, measures: '清空通道', reason: '人手不够' }

  it('is changed in what is otherwise, and in nothing else', () => {
    expect(changed(one, { ...same, days: 5 })).toEqual({ reason: '人手不够', days: 5 })
    expect(changed(one, { ...same, responsible_id: 'b', measures: '加装标识' })).toEqual({ reason: '人手不够', responsible_id: 'b', measures: '加装标识' })
    expect(changed(one, { ...same, responsible_id: '', measures: ' ' })).toEqual({ reason: '人手不够' })
  })

  it('is changed in something, and with a reason', () => {
    expect(checkChange(one, same)['responsible_id']).toBe('责任人、期限、措施至少调整一项。')
    expect(checkChange(one, { ...same, days: 3, reason: ' ' })).toEqual({ responsible_id: undefined, reason: '请写明调整的理由。' })
  })
})
