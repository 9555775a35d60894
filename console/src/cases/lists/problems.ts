/** Problems as a form holds them before they stand in a list. */

import type { Schemas } from '@/api/client'

import { needed } from '../acts/useActForm'

export interface Draft {
  title: string
  responsible_id: string
  days: number
  measures: string
  case_id: string
}

export const MOST = 100
const USUAL = 10

export const blank = (): Draft => ({ title: '', responsible_id: '', days: USUAL, measures: '', case_id: '' })

export const sent = (problems: readonly Draft[]): Schemas['ProblemIn'][] => problems.map((one) => ({ ...one, case_id: one.case_id || null }))

export function checkProblems(problems: readonly Draft[]): Record<string, string | undefined> {
  return Object.fromEntries(problems.flatMap((one, nth) => [
    [`problems.${nth}.title`, needed(one.title, '请写明问题。')],
    [`problems.${nth}.responsible_id`, one.responsible_id ? undefined : '请选择责任人。'],
  ]))
}
