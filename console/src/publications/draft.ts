/** A public wording as it is written: what it begins with, and what may not stand in it. */

import type { Case } from '@/cases/useCase'

import type { Publication } from './usePublications'

export interface Draft {
  title: string
  asked: string
  answered: string
}

export const FIELDS = ['title', 'asked', 'answered'] as const
export const LIMITS: Readonly<Record<keyof Draft, number>> = { title: 60, asked: 2000, answered: 8000 }

const line = (text: string): string => text.split(/\s+/).filter(Boolean).join(' ')

/** The last answer that its owner was given; a case asked about again has more than one. */
export function answerOf(one: Pick<Case, 'timeline'>): string {
  return one.timeline.findLast(({ kind }) => kind === 'answered')?.body ?? ''
}

/** Begins with an earlier wording where there is one, else with what was asked and answered, names and all. */
export function draftOf(one: Pick<Case, 'title' | 'body' | 'timeline'>, earlier?: Pick<Publication, keyof Draft>): Draft {
  if (earlier) return { title: earlier.title, asked: earlier.asked, answered: earlier.answered }
  return {
    title: line(one.title).slice(0, LIMITS.title),
    asked: one.body.slice(0, LIMITS.asked),
    answered: answerOf(one).slice(0, LIMITS.answered),
  }
}

const PERSON: readonly (readonly [RegExp, string])[] = [[/(?<!\d)\d{17}[\dXx](?![\dA-Za-z])/, '身份证号']]
const ASKER: readonly (readonly [RegExp, string])[] = [
  ...PERSON,
  [/(?<!\d)1[3-9]\d{9}(?!\d)/, '手机号'],
  [/(?<![\dA-Za-z])9[123]\d{6}[\dA-HJ-NPQRTUWXY]{10}(?![\dA-Za-z])/, '统一社会信用代码'],
]

/**
 * What plainly names somebody. An answer may name an office's telephone, so only what is never an office's counts there;
 * names in words are for whoever reads it, and for the second person.
 */
export function naming(field: keyof Draft, text: string): string[] {
  return (field === 'answered' ? PERSON : ASKER).filter(([pattern]) => pattern.test(text)).map(([, name]) => name)
}

const WORDS: Readonly<Record<keyof Draft, string>> = { title: '标题', asked: '公开的问题', answered: '公开的答复' }

export function checkDraft(draft: Draft): Partial<Record<keyof Draft, string>> {
  const wrong: Partial<Record<keyof Draft, string>> = {}
  for (const field of FIELDS) {
    const found = naming(field, draft[field])
    if (draft[field].trim() === '') wrong[field] = `请填写${WORDS[field]}。`
    else if (found.length > 0) wrong[field] = `含有${found.join('、')}，请隐去后再提交。`
  }
  return wrong
}
