/** Results as they are drawn: names of groups, cells that are kept back. */

import type { ResultQuestion, Results } from '../useSurveys'

/** A cell that is kept back may also be a larger one, without which a small one could be worked out. */
export const KEPT_BACK = '不显示'
export const TOGETHER = '其他（合并）'
export const UNPLACED = '不明'

export type Dimension = 'district' | 'size'
export const DIMENSIONS: readonly (readonly [Dimension, string])[] = [
  ['district', '按属地'],
  ['size', '按规模'],
]

export function groupNames(results: Results, dimension: Dimension, word: (group: string, code: string) => string): string[] {
  return (results.groups[dimension] ?? []).map((one) => (one.name === '*' ? TOGETHER : one.name ? word(dimension, one.name) : UNPLACED))
}

export function told(count: number | null): string | number {
  return count ?? KEPT_BACK
}

/** The lines of a question's table: a row each, a cell for each group. */
export function lines(question: ResultQuestion, dimension: Dimension | null): (string | number)[][] {
  return question.rows.map((row) => [row.words, told(row.count), ...(dimension ? row[dimension].map(told) : [])])
}

/** How a question is broken down, if it is at all: what is written in words is only counted. */
export function brokenDown(question: ResultQuestion, dimension: Dimension | null): Dimension | null {
  return dimension && question.rows.some((row) => row[dimension].length > 0) ? dimension : null
}

/** What of a row's sum no group shows. */
export function rest(row: ResultQuestion['rows'][number], dimension: Dimension): number {
  return (row.count ?? 0) - row[dimension].reduce((sum: number, count) => sum + (count ?? 0), 0)
}

/** What is drawn: rows that nobody chose are shown too, those that are kept back are not. */
export function bars(question: ResultQuestion): { words: string; count: number }[] {
  return question.rows.flatMap((row) => (row.count === null ? [] : [{ words: row.words, count: row.count }]))
}
