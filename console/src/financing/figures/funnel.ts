/** The funnel as a table and as bars: a cell that is kept back is said to be, and drawn as nothing. */

import type { Got } from '@/api/client'
import type { Words } from '@/api/words'

export type Funnel = Got<'/api/staff/v1/financing-figures'>
export type Group = Funnel['groups'][number]

export const HIDDEN = '不显示'
const GROUPS: Readonly<Record<string, string>> = { district: 'district', size: 'size' }

/** 330502 → 吴兴区; banks and products are called by their names. */
export function nameOf(part: string, dimension: string, word: Words['word']): string {
  const group = GROUPS[dimension]
  return group ? word(group, part) : part
}

export const cellText = (cell: number | null | undefined): string => (cell === null || cell === undefined ? HIDDEN : String(cell))

/** Which outcomes were put together, in words. */
export const membersText = (one: Funnel['outcomes'][number]): string => (one.members.length > 1 ? `${one.word}（可能含${one.members.join('、')}）` : one.word)

export type Counts = Funnel['needs']
const REST = '*' // under which the API puts small ones together

/** How many an outcome has: none where everything is told and it is not, not known where something was put together. */
export function countOf(counts: Counts, code: string): number | null {
  const told = counts.find((one) => one.code === code)
  if (told) return told.count
  return counts.some((one) => one.code === REST) ? null : 0
}

/** All of them; none of the counts is told where they are too few together. */
export const sumOf = (counts: Counts): number => counts.reduce((sum, { count }) => sum + count, 0)

/** How many second looks a bank answered, either way; what ended otherwise was not answered. */
export function answeredOf(looks: Counts): number | null {
  const answers = ['overturned', 'upheld'].map((code) => countOf(looks, code))
  return answers.reduce((sum, count) => (sum === null || count === null ? null : sum + count), 0)
}

/** Whether anything is left to draw: where every cell is kept back or nought, a frame would stand empty. */
export const hasBars = (told: Funnel): boolean => told.groups.some(({ cells }) => Object.values(cells).some(Boolean))

const LEGEND = 26
const SIDE_BY_SIDE = 3 // on a phone

/** What the legend takes, which breaks into lines where there is little room. */
export const legendOf = (told: Funnel): number => Math.ceil(told.outcomes.length / SIDE_BY_SIDE) * LEGEND

export function barsOf(told: Funnel, names: readonly string[]) {
  return {
    grid: { left: 8, right: 24, top: legendOf(told) + 10, bottom: 8, containLabel: true },
    legend: { top: 0, type: 'plain' },
    tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' } },
    xAxis: { type: 'value', minInterval: 1 },
    yAxis: { type: 'category', inverse: true, data: names },
    series: told.outcomes.map((outcome) => ({
      name: outcome.word,
      type: 'bar',
      stack: 'all',
      barMaxWidth: 22,
      data: told.groups.map(({ cells }) => cells[outcome.key] ?? null),
    })),
  }
}
