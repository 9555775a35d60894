/** The terms of an offer while they are written, and what they cost by the API's own reckoning. */

import { computed, onScopeDispose, ref, watch } from 'vue'

import { api, ask, type Made } from '@/api/client'
import { asProblem, isAbort, type Problem } from '@/api/problem'
import type { paths } from '@/api/schema'
import type { Fee } from '@/financing/parts/money'

import type { Referral } from '../useReferrals'

export interface Terms {
  amount_wan: string
  months: string
  repayment: string
  collateral: string
  valid_until: string
  rate: 'fixed' | 'lpr'
  rate_percent: string
  lpr_tenor: string
  bp: string
  day_count: string
  fees: Fee[]
}

type Body = NonNullable<paths['/api/partner/v1/offer-costs']['post']['requestBody']>['content']['application/json']
export type Reckoned = Made<'/api/partner/v1/offer-costs'>
export const FIELDS = ['amount_wan', 'months', 'repayment', 'collateral', 'valid_until', 'rate_percent', 'lpr_tenor', 'bp', 'day_count', 'fees'] as const
const PAUSE = 500 // ms without a key before the API is asked
const AMOUNT = /^(0|[1-9]\d{0,5})(\.\d{1,4})?$/
const PERCENT = /^(0|[1-9]\d?)(\.\d{1,4})?$/
const DAY = /^\d{4}-\d{2}-\d{2}$/
const MOST_MONTHS = 360

/** Another edition begins with the terms of the last one. */
export function begun(one: Referral): Terms {
  const last = one.offers[0]
  return {
    amount_wan: last?.amount_wan ?? '',
    months: last ? String(last.months) : '',
    repayment: last?.repayment ?? '',
    collateral: last?.collateral ?? '',
    valid_until: '',
    rate: last?.lpr_tenor ? 'lpr' : 'fixed',
    rate_percent: last && !last.lpr_tenor ? last.rate_percent : '',
    lpr_tenor: last?.lpr_tenor ?? 'one_year',
    bp: last?.bp === null || last?.bp === undefined ? '' : String(last.bp),
    day_count: last?.day_count ?? 'months',
    fees: (last?.fees ?? []) as unknown as Fee[],
  }
}

export function wrong(terms: Terms): Record<string, string | undefined> {
  const months = Number(terms.months)
  const isFixed = terms.rate === 'fixed'
  return {
    amount_wan: AMOUNT.test(terms.amount_wan) ? undefined : '请填写金额，以万元计，至多四位小数。',
    months: Number.isInteger(months) && months >= 1 && months <= MOST_MONTHS ? undefined : '请填写 1 至 360 的整月数。',
    repayment: terms.repayment ? undefined : '请选择还款方式。',
    collateral: terms.collateral ? undefined : '请选择担保方式。',
    valid_until: DAY.test(terms.valid_until) ? undefined : '请填写报价有效期，如 2026-12-31。',
    rate_percent: !isFixed || PERCENT.test(terms.rate_percent) ? undefined : '请填写年利率（%），至多四位小数。',
    bp: isFixed || /^-?\d{1,4}$/.test(terms.bp) ? undefined : '请填写点差（基点），整数，可以为负。',
  }
}

export function bodyOf(terms: Terms): Body {
  const isFixed = terms.rate === 'fixed'
  return {
    amount_wan: terms.amount_wan,
    months: Number(terms.months),
    repayment: terms.repayment,
    collateral: terms.collateral,
    valid_until: terms.valid_until,
    rate_percent: isFixed ? terms.rate_percent : null,
    lpr_tenor: isFixed ? null : terms.lpr_tenor,
    bp: isFixed ? null : Number(terms.bp),
    day_count: terms.day_count,
    fees: terms.fees,
  } as Body
}

/** What the terms cost as they stand, asked for when nobody types; nothing while they can't be reckoned. */
export function useReckoning(terms: () => Terms) {
  const told = ref<Reckoned | null>(null)
  const problem = ref<Problem | null>(null)
  const isReady = computed(() => Object.values(wrong(terms())).every((one) => one === undefined))
  let timer: ReturnType<typeof setTimeout> | undefined
  let under: AbortController | null = null

  async function look(): Promise<void> {
    under = new AbortController()
    try {
      told.value = await ask(api.POST('/api/partner/v1/offer-costs', { body: bodyOf(terms()), signal: under.signal }))
      problem.value = null
    } catch (error) {
      if (isAbort(error)) return
      told.value = null
      problem.value = asProblem(error)
    }
  }

  watch(
    () => JSON.stringify(terms()),
    () => {
      clearTimeout(timer)
      under?.abort()
      if (!isReady.value) told.value = problem.value = null
      else timer = setTimeout(() => void look(), PAUSE)
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    clearTimeout(timer)
    under?.abort()
  })
  return { told, problem }
}
