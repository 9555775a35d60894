/** A typical loan of a product: what it begins with, and what of it the API is asked. */

import type { Fee } from '../parts/money'
import { feesOf } from '../parts/money'
import type { Edition } from '../useFinancing'
import type { Draft } from './draft'

export interface Terms {
  amount_min_wan: string
  amount_max_wan: string
  months_min: number
  months_max: number
  repayments: readonly string[]
  rate_kind: string
  rate_max_percent: string
  lpr_tenor: string
  bp_max: number
  day_count: string
  fees: readonly Fee[]
}

export function termsOf(one: Edition | Draft): Terms {
  const { amount_min_wan, amount_max_wan, months_min, months_max, repayments, rate_kind, day_count } = one
  return {
    ...{ amount_min_wan, amount_max_wan, months_min, months_max, repayments, rate_kind, day_count },
    rate_max_percent: one.rate_max_percent ?? '',
    lpr_tenor: one.lpr_tenor ?? '',
    bp_max: one.bp_max ?? 0,
    fees: feesOf(one.fees as unknown as Record<string, unknown>[]),
  }
}

export interface Typical {
  amount_wan: string
  months: number
  repayment: string
}

const USUAL_WAN = 50
const USUAL_MONTHS = 12
const within = (wanted: number, least: number, most: number): number => Math.min(Math.max(wanted, least), most)

/** 50 万元 for a year, or as near to it as the product goes. */
export function typicalOf(terms: Terms): Typical {
  const [least, most] = [Number(terms.amount_min_wan), Number(terms.amount_max_wan)]
  const isAmount = terms.amount_min_wan !== '' && terms.amount_max_wan !== '' && least <= most
  return {
    amount_wan: String(isAmount ? within(USUAL_WAN, least, most) : USUAL_WAN),
    months: within(USUAL_MONTHS, terms.months_min, terms.months_max),
    repayment: terms.repayments[0] ?? '',
  }
}

const AMOUNT = /^(0|[1-9]\d{0,5})(\.\d{1,4})?$/
const PERCENT = /^(0|[1-9]\d?)(\.\d{1,4})?$/
const FEE = /^\d{1,9}(\.\d{1,4})?$/

/** The dearest that the product allows; null while something of it is not written yet. */
export function asked(terms: Terms, typical: Typical) {
  const rate = terms.rate_kind === 'range' ? { rate_percent: terms.rate_max_percent } : { lpr_tenor: terms.lpr_tenor as 'one_year', bp: terms.bp_max }
  const isWhole = AMOUNT.test(typical.amount_wan) && Number(typical.amount_wan) > 0 && typical.repayment !== '' && terms.fees.every((fee) => FEE.test(fee.amount))
  if (!isWhole || (terms.rate_kind === 'range' && !PERCENT.test(terms.rate_max_percent))) return null
  return {
    ...{ amount_wan: typical.amount_wan, months: typical.months, repayment: typical.repayment as 'bullet', day_count: terms.day_count as 'months' },
    ...rate,
    fees: terms.fees.map((fee) => ({ ...fee })) as { kind: 'other'; basis: 'yuan'; amount: string; when: 'start'; is_conditional: boolean }[],
  }
}
