/** Offers line by line: the same thing of each bank in one row, and whether they differ in it. */

import type { Got } from '@/api/client'
import type { Words } from '@/api/words'

import { feesOf, feeText, grouped, points } from './money'

export type Offer = Got<'/api/staff/v1/financing-applications/{application_id}/offers'>['items'][number]

export interface Line {
  label: string
  cells: string[]
  differs: boolean
  /** What is looked at first. */
  isMain: boolean
}

type Reader = readonly [label: string, read: (one: Offer, word: Words['word']) => string]

const yuan = (amount: string): string => `${grouped(amount)} 元`
const READERS: readonly Reader[] = [
  ['年化成本', (one) => `${one.cost.apr_percent}%`],
  ['最坏情形的年化成本', (one) => `${one.worst.apr_percent}%`],
  ['全部成本', (one) => yuan(one.cost.cost_yuan)],
  ['最坏情形的全部成本', (one) => yuan(one.worst.cost_yuan)],
  ['金额', (one) => `${grouped(one.amount_wan)} 万元`],
  ['到手金额', (one) => yuan(one.cost.received_yuan)],
  ['期限', (one) => `${one.months} 个月`],
  ['年利率', (one, word) => (one.bp === null ? `${one.rate_percent}%（固定）` : `${one.rate_percent}%（${word('financing_tenor', one.lpr_tenor)} ${points(one.bp)} 基点）`)],
  ['最坏情形的年利率', (one) => `${one.worst_rate_percent}%`],
  ['还款方式', (one) => one.repayment_word],
  ['首期还款', (one) => yuan(one.cost.first_payment_yuan)],
  ['最大一期还款', (one) => yuan(one.cost.largest_payment_yuan)],
  ['利息合计', (one) => yuan(one.cost.interest_yuan)],
  ['费用合计', (one) => yuan(one.cost.fees_yuan)],
  ['费用', (one, word) => feesOf(one.fees).map((fee) => feeText(fee, word)).join('\n') || '没有其他费用'],
  ['计息方式', (one, word) => word('financing_day_count', one.day_count)],
  ['担保方式', (one) => one.collateral_word],
  ['报价有效期至', (one) => one.valid_until],
]
const MAIN = '年化成本'

export function comparison(offers: readonly Offer[], word: Words['word']): Line[] {
  return READERS.map(([label, read]) => {
    const cells = offers.map((one) => read(one, word))
    return { label, cells, differs: new Set(cells).size > 1, isMain: label === MAIN }
  })
}

/** What is paid month by month, a column an offer; the drawing stands first, as what is received. */
export function flowRows(offers: readonly Offer[]): (readonly (string | number)[])[] {
  const months = Math.max(0, ...offers.map((one) => one.payments_yuan.length))
  const received = ['放款时到手', ...offers.map((one) => grouped(one.cost.received_yuan))]
  const paid = Array.from({ length: months }, (_, month) => [`第 ${month + 1} 个月`, ...offers.map((one) => (one.payments_yuan[month] === undefined ? '—' : `−${grouped(one.payments_yuan[month])}`))])
  return [received, ...paid]
}
