/** Figures as they are read: a rate with what it is made of, never a rate of nothing. */

import type { Got } from '@/api/client'

export type Figures = Got<'/api/staff/v1/cases/figures'>
export type Figure = Figures['figures'][number]
export type Value = Figures['total'][string]

const WHOLE = 100

export function percent(value: Value): number | null {
  return value.of ? Math.round((value.count * WHOLE * 10) / value.of) / 10 : null
}

/** 12, or 92.3%（12/13）; a rate of nothing is none. */
export function told(figure: Pick<Figure, 'is_rate'>, value: Value | undefined): string {
  if (value === undefined) return '—'
  if (!figure.is_rate) return value.count.toLocaleString('zh-CN')
  const rate = percent(value)
  return rate === null ? '—' : `${rate}%（${value.count}/${value.of}）`
}

/** Whether nothing came in the period: its figures are all zero or nothing, however much came before or since. */
export function isEmpty(told: Pick<Figures, 'total'>): boolean {
  return told.total['received']?.count === 0
}

/** The month that is over, for most figures of the running one are not yet what they will be. */
export function lastMonth(today: string): { from: string; to: string } {
  const [year, month] = today.split('-').map(Number) as [number, number, number]
  const first = new Date(Date.UTC(year, month - 2, 1))
  const last = new Date(Date.UTC(year, month - 1, 0))
  const day = (at: Date): string => at.toISOString().slice(0, 10)
  return { from: day(first), to: day(last) }
}

/** The bars of one figure by group; groups for which it is a rate of nothing are left out. */
export function bars(told: Figures, figure: Figure): (readonly [string, number])[] {
  return told.groups.flatMap(({ word, values }) => {
    const value = values[figure.name]
    if (value === undefined) return []
    const number = figure.is_rate ? percent(value) : value.count
    return number === null ? [] : [[word ?? '未定', number] as const]
  })
}
