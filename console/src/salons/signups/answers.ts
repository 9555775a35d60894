/** What an owner filled into a salon's form, as it was asked. */

import type { Fact } from '@/components/FactList.vue'

interface Field {
  title: string
}

/** The fields of a form in their order; what it is made of the API has checked. */
export function fieldsOf(form: Readonly<Record<string, unknown>>): readonly (readonly [key: string, title: string])[] {
  return Object.entries((form['properties'] ?? {}) as Record<string, Field>).map(([key, { title }]) => [key, title])
}

export function spelled(value: unknown): string {
  if (typeof value === 'boolean') return value ? '是' : '否'
  if (Array.isArray(value)) return value.map(String).join('、')
  return value === null || value === undefined || value === '' ? '—' : String(value)
}

export function answersOf(form: Readonly<Record<string, unknown>>, answers: Readonly<Record<string, unknown>>): Fact[] {
  return fieldsOf(form).map(([key, label]) => ({ key, label, value: spelled(answers[key]) }))
}
