/** The limits as they are written, and in words for what two people changed at once. */

import type { Limits } from './useContacts'

type Ceiling = Limits['ceilings'][number]

export interface CeilingDraft {
  side: Ceiling['side']
  credit_class: '' | 'A' | 'B' | 'C' | 'D'
  size: '' | 'micro' | 'small' | 'medium' | 'large'
  /** Nothing says that there is no ceiling. */
  per_year: number | null
  ground: string
}

export interface Draft {
  merge_days: number
  late_days: number
  signed_days: number
  counted: string[]
  ceilings: CeilingDraft[]
}

export const CLASSES = ['', 'A', 'B', 'C', 'D'] as const
export const SIZES = ['', 'micro', 'small', 'medium', 'large'] as const
export const DAYS = [
  ['merge_days', '提议合并的天数', 90],
  ['late_days', '补录的天数', 60],
  ['signed_days', '签字的有效天数', 90],
] as const

export function draftOf({ merge_days, late_days, signed_days, kinds, ceilings }: Limits): Draft {
  return { merge_days, late_days, signed_days, counted: kinds.filter((one) => one.is_counted).map(({ key }) => key), ceilings: ceilings.map((one) => ({ ...one }) as CeilingDraft) }
}

export const newCeiling = (): CeilingDraft => ({ side: 'service', credit_class: '', size: '', per_year: 1, ground: '' })

export const spelled = ({ side, credit_class, size, per_year, ground }: CeilingDraft): string => [side, credit_class, size, per_year ?? '不限', ground].join(' ')

/** What is wrong before anybody is asked: the same group twice, or one without where it is written. */
export function check({ ceilings }: Draft): Record<string, string | undefined> {
  const seen = new Set<string>()
  const found: Record<string, string | undefined> = {}
  ceilings.forEach(({ side, credit_class: group, size, ground }, nth) => {
    const key = `${side}/${group}/${size}`
    found[`ceilings.${nth}`] = seen.has(key) ? '同样的类别、分类和规模只能填写一次。' : ground.trim() ? undefined : '请填写出处。'
    seen.add(key)
  })
  return found
}
