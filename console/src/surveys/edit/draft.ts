/** A survey while somebody writes it, and how it is spelled for the API. */

import { day } from '@/components/moment'
import { type Citation, fromJson, type Group, leavesOf, toJson } from '@/policies/rule/tree'

import type { Question, Survey } from '../useSurveys'

export type Kind = Question['kind']

/** A question as its form has it: choices a line each, numbers as text. */
export interface Asked {
  key: string
  kind: Kind
  text: string
  hint: string
  is_required: boolean
  choices: string
  /** The codes of choices that were read, by their words: they stay when others come in between. */
  codes: Record<string, string>
  most: string
  unit: string
  places: number
  least: string
  greatest: string
  steps: number
  low: string
  high: string
  may_open_case: boolean
  fact: string
  when_known: 'prefill' | 'skip'
}

export interface Draft {
  title: string
  intro: string
  reason: string
  opens_on: string
  closes_on: string
  questions: Asked[]
  rule: Group
}

export const LABELS: Readonly<Record<keyof Draft, string>> = {
  title: '标题',
  intro: '开头的说明',
  reason: '调查原因',
  opens_on: '开始日期',
  closes_on: '截止日期',
  questions: '题目',
  rule: '面向哪些企业',
}
export const FIELDS = Object.keys(LABELS) as (keyof Draft)[]

/** What every condition of a survey rests on; the API puts the survey's own reason in its place. */
export const CITES: Citation = { document: '需求调查', article: '调查对象', sentence: '调查原因' }

const DAYS = 14
const MS_A_DAY = 86_400_000

export function blankQuestion(key: string): Asked {
  return {
    key, kind: 'single', text: '', hint: '', is_required: false, choices: '', codes: {}, most: '', unit: '', places: 0,
    least: '', greatest: '', steps: 5, low: '', high: '', may_open_case: false, fact: '', when_known: 'prefill',
  }
}

/** A key that no question of the survey has. */
export function freshKey(questions: readonly Asked[]): string {
  const taken = new Set(questions.map((one) => one.key))
  let number = questions.length + 1
  while (taken.has(`q${number}`)) number += 1
  return `q${number}`
}

export function blank(now: Date = new Date()): Draft {
  return {
    title: '', intro: '', reason: '', opens_on: day(now.toISOString()), closes_on: day(new Date(now.getTime() + DAYS * MS_A_DAY).toISOString()),
    questions: [blankQuestion('q1')], rule: cited(fromJson({ all: [{}] })),
  }
}

function cited(root: Group): Group {
  for (const leaf of leavesOf(root)) leaf.citation = { ...CITES }
  return root
}

export function draftOf(survey: Survey): Draft {
  return {
    title: survey.title, intro: survey.intro, reason: survey.reason, opens_on: survey.opens_on, closes_on: survey.closes_on,
    questions: survey.questions.map(askedOf), rule: cited(fromJson(JSON.parse(JSON.stringify(survey.rule)))),
  }
}

function askedOf(one: Question): Asked {
  const choices = one.choices ?? []
  return {
    ...blankQuestion(one.key), kind: one.kind, text: one.text, hint: one.hint ?? '', is_required: one.is_required ?? false,
    choices: choices.map((choice) => choice.words).join('\n'),
    codes: Object.fromEntries(choices.map((choice) => [choice.words, choice.code])),
    most: typeof one.most === 'number' ? String(one.most) : '', unit: one.unit ?? '', places: one.places ?? 0, least: one.least ?? '',
    greatest: one.greatest ?? '', steps: one.steps ?? 5, low: one.low ?? '', high: one.high ?? '',
    may_open_case: one.may_open_case ?? false, fact: one.fact ?? '', when_known: one.when_known ?? 'prefill',
  }
}

/** The choices of a question: a code that was read stays with its words, new words get the next number. */
export function choicesOf(one: Asked): { code: string; words: string }[] {
  const words = one.choices.split('\n').map((line) => line.trim()).filter(Boolean)
  const taken = new Set(words.map((line) => one.codes[line]).filter(Boolean))
  let number = 0
  return words.map((line) => {
    const known = one.codes[line]
    if (known) return { code: known, words: line }
    do number += 1
    while (taken.has(`c${number}`))
    taken.add(`c${number}`)
    return { code: `c${number}`, words: line }
  })
}

/** Only what its kind knows: another kind's settings, typed before the kind was changed, are left out. */
export function questionOf(one: Asked): Question {
  const chosen = one.kind === 'single' || one.kind === 'multiple'
  const counted = one.kind === 'number' || one.kind === 'money'
  return {
    key: one.key, kind: one.kind, text: one.text, hint: one.hint, is_required: one.is_required,
    fact: one.fact || null, when_known: one.when_known,
    ...(chosen && !one.fact ? { choices: choicesOf(one) } : {}),
    ...(one.kind === 'multiple' && one.most ? { most: Number(one.most) } : {}),
    ...(one.kind === 'number' ? { unit: one.unit, places: one.places } : {}),
    ...(counted ? { least: one.least || null, greatest: one.greatest || null } : {}),
    ...(one.kind === 'scale' ? { steps: one.steps, low: one.low, high: one.high } : {}),
    ...(one.kind === 'text' ? { may_open_case: one.may_open_case } : {}),
  }
}

/** The rule without citations: its conditions rest on why the survey is made. */
export function ruleOf(root: Group): unknown {
  const bare = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(bare)
    if (typeof node !== 'object' || node === null) return node
    const parts = Object.entries(node).filter(([name]) => name !== 'citation')
    return Object.fromEntries('fact' in node ? parts : parts.map(([name, part]) => [name, bare(part)]))
  }
  return bare(toJson(root))
}

export function contentOf(draft: Draft) {
  const { questions, rule, ...rest } = draft
  return { ...rest, questions: questions.map(questionOf), rule: ruleOf(rule) as Record<string, unknown> }
}

/** What has to be there before the server is asked. */
export function checkDraft(draft: Draft): Record<string, string | undefined> {
  const needed: (keyof Draft)[] = ['title', 'reason', 'opens_on', 'closes_on']
  const found: Record<string, string | undefined> = Object.fromEntries(
    needed.filter((name) => !draft[name]).map((name) => [name, `请填写“${LABELS[name]}”。`]),
  )
  draft.questions.forEach((one, at) => {
    if (!one.text.trim()) found[`questions.${at}.text`] = '请填写题目。'
    else if ((one.kind === 'single' || one.kind === 'multiple') && !one.fact && choicesOf(one).length < 2) found[`questions.${at}.choices`] = '至少写两个选项，一行一个。'
  })
  return found
}

