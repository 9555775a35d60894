/** Figures of salons as a table and as bars; no rate is told of nobody. */

import type { Got } from '@/api/client'

export type Figure = Got<'/api/staff/v1/salon-figures'>['topics'][number]
type Counts = Omit<Figure, 'name' | 'word'>
export type Row = Counts & { name: string | null; word: string }

export const COLUMNS: readonly (readonly [keyof Counts, string])[] = [
  ['salons', '场数'],
  ['seats', '席位'],
  ['signed_up', '报名成功'],
  ['came', '到场'],
  ['not_come', '未到场'],
  ['waited_in_vain', '候补未成功'],
]
const DRAWN = ['seats', 'signed_up', 'came', 'waited_in_vain'] as const
const LABELS = new Map(COLUMNS)
export const HEADS = DRAWN.map((name) => LABELS.get(name) ?? name)
const WHOLE = 1000

export function totalOf(groups: readonly Figure[]): Row {
  const counts = Object.fromEntries(COLUMNS.map(([name]) => [name, groups.reduce((sum, one) => sum + one[name], 0)])) as unknown as Counts
  return { ...counts, name: null, word: '合计' }
}

/** 92.3%: of those who had a seat and of whom it is known. */
export function shareOf({ came, not_come: missing }: Pick<Counts, 'came' | 'not_come'>): string {
  return came + missing === 0 ? '—' : `${Math.round((came / (came + missing)) * WHOLE) / 10}%`
}

export function rowsOf(groups: readonly Figure[]): (readonly (string | number)[])[] {
  return groups.map((one) => [one.word, ...DRAWN.map((name) => one[name])])
}

export function barsOf(groups: readonly Figure[]) {
  return {
    grid: { left: 8, right: 16, top: 32, bottom: 8, containLabel: true },
    legend: { type: 'scroll', top: 0, left: 0 },
    tooltip: { trigger: 'axis' },
    xAxis: { type: 'value', minInterval: 1 },
    yAxis: { type: 'category', inverse: true, data: groups.map(({ word }) => word) },
    series: DRAWN.map((name) => ({ name: LABELS.get(name), type: 'bar', barMaxWidth: 14, data: groups.map((one) => one[name]) })),
  }
}
