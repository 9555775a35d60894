/** What of the fact catalogue a form needs: which values an operator takes, and what is missing in a condition. */

import type { ItemOf } from '@/api/client'

import type { Leaf } from './tree'

export type Fact = ItemOf<'/api/staff/v1/facts'>
export type Facts = ReadonlyMap<string, Fact>

export type ValueKind =
  | 'none' | 'number' | 'numbers' | 'range' | 'boolean' | 'day' | 'day_or_today' | 'days' | 'day_range'
  | 'duration' | 'choice' | 'choices' | 'code' | 'codes' | 'text' | 'texts'

const SEVERAL = new Set(['in', 'not_in', 'has_tag', 'lacks_tag'])
const NO_VALUE = new Set(['exists', 'absent'])

/** Which form a value takes. */
export function valueKind(fact: Pick<Fact, 'type' | 'choices' | 'has_codes'>, op: string): ValueKind {
  if (NO_VALUE.has(op)) return 'none'
  if (op === 'within') return 'duration'
  const several = SEVERAL.has(op)
  if (fact.type === 'boolean') return 'boolean'
  if (fact.type === 'date') return several ? 'days' : op === 'between' ? 'day_range' : op === 'eq' || op === 'ne' ? 'day' : 'day_or_today'
  if (fact.type === 'integer' || fact.type === 'decimal') return several ? 'numbers' : op === 'between' ? 'range' : 'number'
  if (fact.type === 'code') return several || op === 'prefix' ? 'codes' : 'code'
  if (Object.keys(fact.choices).length > 0) return several ? 'choices' : 'choice'
  return several ? 'texts' : 'text'
}

/** What a new condition on a fact begins with: what people mean most often. */
export function firstOperator(fact: Fact): string {
  const wanted = { code: 'prefix', integer: 'le', decimal: 'le', date: 'within', tags: 'has_tag', enum: 'in' }[fact.type as 'code']
  const legal = fact.operators.map((one) => one.op)
  return wanted && legal.includes(wanted) ? wanted : (legal[0] ?? '')
}

/** The value to begin with after fact or operator changed; what still fits is kept. */
export function valueFor(kind: ValueKind, before: unknown): unknown {
  const first = Array.isArray(before) ? before[0] : before
  const isText = typeof first === 'string'
  switch (kind) {
    case 'none':
      return undefined
    case 'boolean':
      return typeof before === 'boolean' ? before : true
    case 'number':
      return isNumber(first) ? first : undefined
    case 'range':
      return Array.isArray(before) && before.length === 2 && before.every(isNumber) ? before : []
    case 'numbers':
      return Array.isArray(before) ? before.filter(isNumber) : isNumber(before) ? [before] : []
    case 'duration':
      return isDuration(before) ? before : { years: 1 }
    case 'day':
    case 'day_or_today':
      return isText && isDay(first) ? first : undefined
    case 'day_range':
      return Array.isArray(before) && before.length === 2 && before.every(isDay) ? before : []
    case 'choices':
    case 'codes':
    case 'texts':
    case 'days':
      return Array.isArray(before) ? before.filter((one) => typeof one === 'string') : typeof before === 'string' ? [before] : []
    default:
      return isText ? first : undefined
  }
}

export function isNumber(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && /^-?\d{1,15}(\.\d{1,6})?$/.test(value))
}

function isDay(value: unknown): boolean {
  return typeof value === 'string' && (value === 'as_of' || /^\d{4}-\d{2}-\d{2}$/.test(value))
}

function isDuration(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
}

function isFilled(kind: ValueKind, value: unknown): boolean {
  if (kind === 'none') return true
  if (kind === 'range' || kind === 'day_range') return Array.isArray(value) && value.length === 2 && value.every((one) => one !== null && one !== '')
  if (Array.isArray(value)) return value.length > 0
  if (kind === 'duration') return isDuration(value) && Object.values(value as object).every((one) => Number.isInteger(one) && one > 0)
  return value !== undefined && value !== null && value !== ''
}

export type LeafField = 'fact' | 'op' | 'value' | 'citation.document' | 'citation.article' | 'citation.sentence'

/** What is still to be filled in, before the API is asked about anything finer. */
export function lacking(leaf: Leaf, facts: Facts): { field: LeafField; sentence: string }[] {
  const fact = facts.get(leaf.fact)
  if (!fact) return [{ field: 'fact', sentence: leaf.fact ? `事实目录中没有“${leaf.fact}”，请重新选择。` : '请选择信息项。' }]
  const found: { field: LeafField; sentence: string }[] = []
  if (!fact.operators.some((one) => one.op === leaf.op)) found.push({ field: 'op', sentence: `“${fact.title}”不能这样比较，请重新选择比较方式。` })
  else if (!isFilled(valueKind(fact, leaf.op), leaf.value)) found.push({ field: 'value', sentence: '请填写比较的值。' })
  if (!leaf.citation.document.trim()) found.push({ field: 'citation.document', sentence: '请写明依据的文件。' })
  if (!leaf.citation.article.trim()) found.push({ field: 'citation.article', sentence: '请写明依据的条款。' })
  if (!leaf.citation.sentence.trim()) found.push({ field: 'citation.sentence', sentence: '请摘录依据的原文。' })
  return found
}
