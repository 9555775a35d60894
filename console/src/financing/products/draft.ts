/** An edition of a product while somebody writes it, how it is spelled for the API, and how people read it. */

import type { Words } from '@/api/words'
import { today } from '@/absences/useAbsences'
import { type Difference, differing } from '@/components/conflict'
import type { Facts } from '@/policies/rule/facts'
import { type CodeNames, outline } from '@/policies/rule/sentence'
import { fromJson, type Group, toJson } from '@/policies/rule/tree'

import { amountText, feesOf, feeText, type Fee, monthsText, rateText } from '../parts/money'
import type { Edition } from '../useFinancing'

type Collateral = 'credit' | 'mortgage' | 'patent_pledge' | 'trademark_pledge' | 'equity_pledge' | 'receivables' | 'guarantee'
type Repayment = 'equal_instalment' | 'equal_principal' | 'interest_first' | 'bullet' | 'revolving'
export type Tenor = 'one_year' | 'five_years'
export type DayCount = 'months' | 'actual_360' | 'actual_365'

export interface Draft {
  institution_id: string
  name: string
  summary: string
  collateral: Collateral[]
  repayments: Repayment[]
  amount_min_wan: string
  amount_max_wan: string
  months_min: number
  months_max: number
  rate_kind: 'range' | 'lpr'
  rate_min_percent: string
  rate_max_percent: string
  lpr_tenor: Tenor
  bp_min: number
  bp_max: number
  day_count: DayCount
  fees: Fee[]
  materials: string[]
  is_follow_on: boolean
  rule: Group
  source: string
  valid_from: string
  valid_until: string
}

export const LABELS: Readonly<Record<keyof Draft, string>> = {
  institution_id: '机构',
  name: '产品名称',
  summary: '一句话介绍',
  collateral: '担保方式',
  repayments: '还款方式',
  amount_min_wan: '额度下限（万元）',
  amount_max_wan: '额度上限（万元）',
  months_min: '期限下限（个月）',
  months_max: '期限上限（个月）',
  rate_kind: '利率',
  rate_min_percent: '年利率下限（%）',
  rate_max_percent: '年利率上限（%）',
  lpr_tenor: 'LPR期限',
  bp_min: '点差下限（基点）',
  bp_max: '点差上限（基点）',
  day_count: '计息方式',
  fees: '费用',
  materials: '所需材料',
  is_follow_on: '仅限续贷',
  rule: '适用条件',
  source: '出处',
  valid_from: '有效期起',
  valid_until: '有效期止',
}
export const FIELDS = Object.keys(LABELS) as (keyof Draft)[]

export function blank(): Draft {
  return {
    ...{ institution_id: '', name: '', summary: '', collateral: [], repayments: [], amount_min_wan: '', amount_max_wan: '', months_min: 6, months_max: 36 },
    ...{ rate_kind: 'range' as const, rate_min_percent: '', rate_max_percent: '', lpr_tenor: 'one_year' as const, bp_min: 0, bp_max: 100, day_count: 'months' as const },
    ...{ fees: [], materials: [], is_follow_on: false, rule: fromJson({ all: [{}] }), source: '', valid_from: today(), valid_until: '' },
  }
}

export function draftOf(one: Edition): Draft {
  // what was read is shared with other pages; an editor writes into its own
  const told = JSON.parse(JSON.stringify(one)) as Edition
  const { institution_id, name, summary, amount_min_wan, amount_max_wan, months_min, months_max, materials, is_follow_on, source, valid_from } = told
  return {
    ...{ institution_id, name, summary, amount_min_wan, amount_max_wan, months_min, months_max, materials, is_follow_on, source, valid_from },
    collateral: told.collateral as Collateral[],
    repayments: told.repayments as Repayment[],
    rate_kind: told.rate_kind as 'range' | 'lpr',
    rate_min_percent: told.rate_min_percent ?? '',
    rate_max_percent: told.rate_max_percent ?? '',
    lpr_tenor: (told.lpr_tenor ?? 'one_year') as Tenor,
    bp_min: told.bp_min ?? 0,
    bp_max: told.bp_max ?? 0,
    day_count: told.day_count as DayCount,
    fees: feesOf(told.fees),
    rule: fromJson(told.rule),
    valid_until: told.valid_until ?? '',
  }
}

/** As the API takes it: a rate is either a range or points above the LPR, and never both. */
export function contentOf(draft: Draft) {
  const { rule, rate_min_percent, rate_max_percent, lpr_tenor, bp_min, bp_max, valid_until, ...rest } = JSON.parse(JSON.stringify({ ...draft, institution_id: undefined })) as Draft
  const isRange = rest.rate_kind === 'range'
  return {
    ...rest,
    ...(isRange ? { rate_min_percent, rate_max_percent } : { lpr_tenor, bp_min, bp_max }),
    fees: rest.fees as Body['fees'],
    rule: toJson(rule),
    valid_until: valid_until || null,
  }
}
interface Body {
  fees: { kind: 'guarantee'; basis: 'yuan'; amount: string; when: 'start'; is_conditional: boolean }[]
}

const AMOUNT = /^(0|[1-9]\d{0,5})(\.\d{1,4})?$/
const PERCENT = /^(0|[1-9]\d?)(\.\d{1,4})?$/

/** What has to be there before the server is asked. */
export function check(draft: Draft): Record<string, string | undefined> {
  const texts = (['institution_id', 'name', 'summary', 'source', 'valid_from'] as const).map((name) => [name, draft[name].trim() ? undefined : `请填写“${LABELS[name]}”。`] as const)
  const lists = (['collateral', 'repayments'] as const).map((name) => [name, draft[name].length > 0 ? undefined : `请选择“${LABELS[name]}”。`] as const)
  const amounts = (['amount_min_wan', 'amount_max_wan'] as const).map((name) => [name, AMOUNT.test(draft[name]) ? undefined : '请填写以万元计的数，至多四位小数。'] as const)
  const rates = (['rate_min_percent', 'rate_max_percent'] as const).map((name) => [name, draft.rate_kind === 'lpr' || PERCENT.test(draft[name]) ? undefined : '请填写以 % 计的数，至多四位小数。'] as const)
  const fees = draft.fees.map((fee, at) => [`fees.${at}.amount`, /^\d{1,9}(\.\d{1,4})?$/.test(fee.amount) ? undefined : '请填写数额，至多四位小数。'] as const)
  return Object.fromEntries([...texts, ...lists, ...amounts, ...rates, ...fees])
}

/** An edition line by line, as people read it; what a comparison and a clash of two writers show. */
export function linesOf(one: Edition, word: Words['word'], facts: Facts, names?: CodeNames): (readonly [label: string, text: string])[] {
  const named = (group: string, codes: readonly string[]): string => codes.map((code) => word(group, code)).join('、')
  return [
    [LABELS.name, one.name],
    [LABELS.summary, one.summary],
    ['额度', amountText(one.amount_min_wan, one.amount_max_wan)],
    ['期限', monthsText(one.months_min, one.months_max)],
    ['年利率', rateText(one, word)],
    [LABELS.day_count, word('financing_day_count', one.day_count)],
    [LABELS.fees, feesOf(one.fees).map((fee) => feeText(fee, word)).join('\n') || '没有其他费用'],
    [LABELS.repayments, named('financing_repayment', one.repayments)],
    [LABELS.collateral, named('financing_collateral', one.collateral)],
    [LABELS.is_follow_on, one.is_follow_on ? '是' : '否'],
    [LABELS.materials, one.materials.join('、') || '没有列明'],
    [LABELS.source, one.source],
    ['有效期', `${one.valid_from} 至 ${one.valid_until ?? '长期'}`],
    [LABELS.rule, outline(fromJson(one.rule), facts, names).join('\n')],
  ]
}

/** What two writers say differently; an edition that nobody saved yet is told as it will be. */
export function differences(mine: Draft, theirs: Edition, word: Words['word'], facts: Facts): Difference[] {
  const own = { ...theirs, ...contentOf(mine), valid_until: mine.valid_until || null } as unknown as Edition
  const told = linesOf(theirs, word, facts)
  return differing(linesOf(own, word, facts).map(([label, text], nth) => [label, text, told[nth]?.[1] ?? ''] as const))
}
