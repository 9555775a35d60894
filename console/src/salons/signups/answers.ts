/** What an owner filled into a salon's form, as it was asked. */

import type { Fact } from '@/components/FactList.vue'

type Json = Readonly<Record<string, unknown>>
type Answer = string | string[]
export type Answers = Record<string, Answer>

/** One question of a form, as the API keeps it (JSON Schema; it has checked what a form is made of). */
export interface Field {
  key: string
  title: string
  type: 'string' | 'integer' | 'number' | 'boolean' | 'array'
  description?: string
  enum?: string[]
  items?: { enum: string[] }
  format?: 'date'
  maxLength?: number
  isRequired: boolean
}

/** The questions of a form in their order. */
export function fieldsOf(form: Json): Field[] {
  const required = (form['required'] ?? []) as string[]
  const properties = (form['properties'] ?? {}) as Record<string, Omit<Field, 'key' | 'isRequired'>>
  return Object.entries(properties).map(([key, field]) => ({ ...field, key, isRequired: required.includes(key) }))
}

/** Nothing filled in yet. */
export function blanks(fields: readonly Field[]): Answers {
  return Object.fromEntries(fields.map(({ key, type }) => [key, type === 'array' ? [] : '']))
}

/** What was filled in as the API takes it; what was left out is not sent, for it may be known. */
export function sent(fields: readonly Field[], answers: Answers): Record<string, unknown> {
  const filled = fields.filter(({ key }) => (answers[key] ?? '').length > 0)
  return Object.fromEntries(filled.map(({ key, type }) => [key, typed(type, answers[key] ?? '')]))
}

function typed(type: Field['type'], answer: Answer): unknown {
  if (type === 'boolean') return answer === 'yes'
  // what is no number is sent as it is: the API says so beside its field
  if ((type === 'integer' || type === 'number') && Number.isFinite(Number(answer))) return Number(answer)
  return answer
}

export function spelled(value: unknown): string {
  if (typeof value === 'boolean') return value ? '是' : '否'
  if (Array.isArray(value)) return value.map(String).join('、')
  return value === null || value === undefined || value === '' ? '—' : String(value)
}

export function answersOf(form: Json, answers: Json): Fact[] {
  return fieldsOf(form).map(({ key, title: label }) => ({ key, label, value: spelled(answers[key]) }))
}
