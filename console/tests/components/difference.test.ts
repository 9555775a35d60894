import { describe, expect, it } from 'vitest'

import { compared, differenceOf } from '@/components/difference'

describe('two texts', () => {
  it('are told apart sign by sign', () => {
    expect(differenceOf('减免一半税费。', '减免全部税费。')).toEqual([
      { kind: 'same', text: '减免' },
      { kind: 'out', text: '一半' },
      { kind: 'in', text: '全部' },
      { kind: 'same', text: '税费。' },
    ])
  })

  it('are told apart line by line where that reads better', () => {
    expect(differenceOf('甲\n乙\n丙', '甲\n丙\n丁', 'lines').filter((one) => one.kind !== 'same')).toEqual([
      { kind: 'out', text: '乙\n' },
      { kind: 'in', text: '丁\n' },
    ])
  })

  it('that are the same, or that begin or end with nothing, lose nothing', () => {
    expect(differenceOf('甲', '甲')).toEqual([{ kind: 'same', text: '甲' }])
    expect(differenceOf('', '甲')).toEqual([{ kind: 'in', text: '甲' }])
    expect(differenceOf('甲', '')).toEqual([{ kind: 'out', text: '甲' }])
    expect(differenceOf('', '')).toEqual([])
  })

  it('give both back whole, however they differ', () => {
    for (const [one, other] of [['abcabba', 'cbabac'], ['条件一二三', '三条件二'], ['aaaa', 'aa']] as const) {
      const pieces = compared([...one], [...other])
      const of = (kind: 'in' | 'out'): string => pieces.filter((piece) => piece.kind !== kind).map((piece) => piece.text).join('')
      expect([of('in'), of('out')]).toEqual([one, other])
    }
  })
})
