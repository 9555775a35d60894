/** Minutes as they are written: the text, what was found, what was promised, what is to be put right. */

import { after, today } from '@/absences/useAbsences'
import { needed } from '@/cases/acts/useActForm'

import type { Edition } from './useReport'

export interface FindingDraft {
  kind: 'policy' | 'difficulty' | 'quality' | 'finance' | 'advice' | 'other'
  words: string
  enterprise_id: string
  photos: string[]
}

export interface PromiseDraft {
  text: string
  due_on: string
  category: string
  enterprise_id: string
  takes: boolean
}

export interface ProblemDraft {
  title: string
  responsible_id: string
  due_on: string
  measures: string
}

export interface Draft {
  text: string
  findings: FindingDraft[]
  promises: PromiseDraft[]
  problems: ProblemDraft[]
  why: string
}

const USUAL_DAYS = 14
export const USUAL_CATEGORY = 'service_promise'
export const inTwoWeeks = (): string => after(today(), USUAL_DAYS)

export const newFinding = (): FindingDraft => ({ kind: 'difficulty', words: '', enterprise_id: '', photos: [] })
export const newPromise = (enterprise: string): PromiseDraft => ({ text: '', due_on: inTwoWeeks(), category: USUAL_CATEGORY, enterprise_id: enterprise, takes: false })
export const newProblem = (me: string): ProblemDraft => ({ title: '', responsible_id: me, due_on: inTwoWeeks(), measures: '' })

/** Another edition begins with what the last one says; what it promised is a case already and is not said again. */
export function draftOf(last: Edition | undefined): Draft {
  const findings = (last?.findings ?? []).map(({ kind, words, enterprise_id: enterprise, photos }) => ({
    kind: kind as FindingDraft['kind'],
    words,
    enterprise_id: enterprise ?? '',
    photos: photos.map(({ id }) => id),
  }))
  return { text: last?.text ?? '', findings, promises: [], problems: [], why: '' }
}

/** What is wrong before anybody is asked; the API says the rest, among it words that belong to inspections. */
export function check(draft: Draft, isAmendment: boolean, isOfMany: boolean): Record<string, string | undefined> {
  const isEmpty = draft.text.trim() === '' && draft.findings.length === 0
  const own: Record<string, string | undefined> = {
    text: isEmpty ? '请填写走访记录，或至少一条发现。' : undefined,
    why: isAmendment ? needed(draft.why, '请写明为什么更正。') : undefined,
  }
  draft.findings.forEach(({ words }, nr) => (own[`findings.${nr}.words`] = needed(words, '请写明发现了什么。')))
  draft.promises.forEach(({ text, due_on: due, enterprise_id: enterprise }, nr) => {
    own[`promises.${nr}.text`] = needed(text, '请写明答应了什么。')
    own[`promises.${nr}.due_on`] = needed(due, '请选择日期。')
    own[`promises.${nr}.enterprise_id`] = isOfMany ? needed(enterprise, '请选择对哪家企业作的承诺。') : undefined
  })
  draft.problems.forEach(({ title, responsible_id: who, due_on: due }, nr) => {
    own[`problems.${nr}.title`] = needed(title, '请写明问题。')
    own[`problems.${nr}.responsible_id`] = needed(who, '请选择责任人。')
    own[`problems.${nr}.due_on`] = needed(due, '请选择日期。')
  })
  return own
}

/** As the API wants it. */
export function sent({ text, findings, promises, problems }: Draft) {
  return {
    text: text.trim(),
    findings: findings.map(({ enterprise_id: enterprise, photos, ...rest }) => ({ ...rest, enterprise_id: enterprise || null, photos: [...photos] })),
    promises: promises.map(({ enterprise_id: enterprise, ...rest }) => ({ ...rest, enterprise_id: enterprise || null })),
    problems: problems.map((one) => ({ ...one })),
  }
}
