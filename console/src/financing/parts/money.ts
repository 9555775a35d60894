/** Money, rates and fees as people read them; amounts come as exact text and are never made numbers of. */

import type { Words } from '@/api/words'

type Word = Words['word']

export interface Fee {
  kind: string
  basis: string
  amount: string
  when: string
  is_conditional: boolean
}

export interface Rated {
  rate_kind: string
  rate_min_percent: string | null
  rate_max_percent: string | null
  lpr_tenor: string | null
  bp_min: number | null
  bp_max: number | null
}

/** 1437.50 → 1,437.50 */
export function grouped(amount: string): string {
  const [whole = '', rest] = amount.split('.')
  const marked = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',')
  return rest === undefined ? marked : `${marked}.${rest}`
}

/** 3.0000 → 3, 3.4500 → 3.45 */
export const trimmed = (number: string): string => (number.includes('.') ? number.replace(/\.?0+$/, '') : number)

/** 10 → +10, -5 → −5 */
export function points(bp: number): string {
  return bp < 0 ? `−${-bp}` : `+${bp}`
}

const between = (least: string | number, most: string | number): string => (least === most ? String(least) : `${least} 至 ${most}`)

export const amountText = (least: string, most: string): string => `${between(grouped(least), grouped(most))} 万元`
export const monthsText = (least: number, most: number): string => `${between(least, most)} 个月`

/** 3.2% 至 4.5%, or 1年期LPR +10 至 +80 基点 */
export function rateText(one: Rated, word: Word): string {
  if (one.rate_kind === 'range') return between(`${one.rate_min_percent ?? ''}%`, `${one.rate_max_percent ?? ''}%`)
  return `${word('financing_tenor', one.lpr_tenor)} ${between(points(one.bp_min ?? 0), points(one.bp_max ?? 0))} 基点`
}

/** 担保费：每年预收，按本金 0.8%（有条件才收） */
export function feeText(fee: Fee, word: Word): string {
  const amount = fee.basis === 'yuan' ? `${grouped(fee.amount)} 元` : `${fee.basis === 'percent_of_principal' ? '本金' : '余额'}的 ${fee.amount}%`
  return `${word('financing_fee', fee.kind)}：${word('financing_fee_when', fee.when)}，${amount}${fee.is_conditional ? '（有条件才收）' : ''}`
}

/** What the API tells of a fee has no schema of its own. */
export const feesOf = (told: readonly Readonly<Record<string, unknown>>[]): Fee[] =>
  told.map((one) => ({
    kind: String(one['kind']), basis: String(one['basis']), amount: String(one['amount']), when: String(one['when']), is_conditional: one['is_conditional'] === true,
  }))
