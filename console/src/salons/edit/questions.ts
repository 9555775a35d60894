/** The questions of a sign-up form while they are written, and their spelling as the JSON Schema that the API keeps. */

export type Kind = 'text' | 'choice' | 'choices' | 'integer' | 'number' | 'date' | 'yes_no'

export const KINDS: readonly (readonly [Kind, string])[] = [
  ['text', '文字'],
  ['choice', '单选'],
  ['choices', '多选'],
  ['integer', '整数'],
  ['number', '数值'],
  ['date', '日期'],
  ['yes_no', '是或否'],
]

export interface Asked {
  /** Names it on the screen, in the API and in what was answered: it stays, wherever the question moves. */
  key: string
  kind: Kind
  title: string
  description: string
  is_required: boolean
  /** One a line. */
  choices: string
  longest: number
  least: string
  greatest: string
  /** The fact that it asks about; what is known of it is not asked. */
  fact: string
  when_known: 'skip' | 'prefill'
}

type Json = Record<string, unknown>

const LONGEST = 200
/** The API's own bounds of a number for which none were written. */
const NO_LEAST = 0
const NO_GREATEST = 10 ** 12

export function blankQuestion(key: string): Asked {
  return { key, kind: 'text', title: '', description: '', is_required: false, choices: '', longest: LONGEST, least: '', greatest: '', fact: '', when_known: 'skip' }
}

/** A name that no question of the form has. */
export function freshKey(questions: readonly Asked[]): string {
  const taken = new Set(questions.map(({ key }) => key))
  let number = questions.length + 1
  while (taken.has(`q${number}`)) number += 1
  return `q${number}`
}

export const linesOf = (text: string): string[] => text.split('\n').map((line) => line.trim()).filter(Boolean)

function kindOf(one: Json): Kind {
  if (one['type'] === 'array') return 'choices'
  if (one['type'] === 'boolean') return 'yes_no'
  if (one['type'] === 'integer' || one['type'] === 'number') return one['type']
  if (one['format'] === 'date') return 'date'
  return one['enum'] ? 'choice' : 'text'
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const bound = (value: unknown, unset: number): string => (typeof value === 'number' && value !== unset ? String(value) : '')

/** The questions of a form that was read, in its order. */
export function questionsOf(form: Json): Asked[] {
  const properties = (form['properties'] ?? {}) as Record<string, Json>
  const required = new Set((form['required'] ?? []) as string[])
  return Object.entries(properties).map(([key, one]) => {
    const choices = (one['enum'] ?? (one['items'] as Json | undefined)?.['enum'] ?? []) as string[]
    const fact = text(one['x-fact'])
    return {
      ...{ key, kind: kindOf(one), title: text(one['title']), description: text(one['description']), is_required: required.has(key) },
      ...{ choices: fact ? '' : choices.join('\n'), longest: typeof one['maxLength'] === 'number' ? one['maxLength'] : LONGEST },
      ...{ least: bound(one['minimum'], NO_LEAST), greatest: bound(one['maximum'], NO_GREATEST) },
      ...{ fact, when_known: one['x-when-known'] === 'prefill' ? 'prefill' : 'skip' },
    }
  })
}

const TYPES: Readonly<Record<Kind, string>> = { text: 'string', choice: 'string', choices: 'array', integer: 'integer', number: 'number', date: 'string', yes_no: 'boolean' }

const isCounted = (kind: Kind): boolean => kind === 'integer' || kind === 'number'

/** Only what its kind knows: another kind's settings, typed before the kind was changed, are left out. */
function spelled(one: Asked): Json {
  const counted = isCounted(one.kind)
  return {
    ...{ type: TYPES[one.kind], title: one.title.trim() },
    ...(one.description.trim() && { description: one.description.trim() }),
    ...(one.kind === 'choice' && !one.fact && { enum: linesOf(one.choices) }),
    ...(one.kind === 'choices' && { items: { type: 'string', enum: linesOf(one.choices) } }),
    ...(one.kind === 'date' && { format: 'date' }),
    ...(one.kind === 'text' && { maxLength: one.longest }),
    ...(counted && one.least.trim() && { minimum: Number(one.least) }),
    ...(counted && one.greatest.trim() && { maximum: Number(one.greatest) }),
    ...(one.fact && { 'x-fact': one.fact, 'x-when-known': one.when_known }),
  }
}

export function formOf(questions: readonly Asked[]): Json {
  if (questions.length === 0) return {}
  return {
    type: 'object',
    properties: Object.fromEntries(questions.map((one) => [one.key, spelled(one)])),
    required: questions.filter((one) => one.is_required).map(({ key }) => key),
  }
}

/** What has to be there before the server is asked, under the paths that the server would name. */
export function wrongWith(questions: readonly Asked[]): Record<string, string | undefined> {
  const found: Record<string, string | undefined> = {}
  for (const one of questions) {
    const path = `form.properties.${one.key}`
    const isChosen = (one.kind === 'choice' || one.kind === 'choices') && !one.fact
    const lines = linesOf(one.choices)
    if (!one.title.trim()) found[`${path}.title`] = '请填写问题。'
    if (isChosen && lines.length < 2) found[`${path}.choices`] = '至少写两个选项，一行一个。'
    else if (isChosen && new Set(lines).size < lines.length) found[`${path}.choices`] = '有相同的选项。'
    for (const name of ['least', 'greatest'] as const) if (one[name].trim() && !Number.isFinite(Number(one[name]))) found[`${path}.${name}`] = '请填写数字。'
    // what is left open at the lower end is 0
    if (isCounted(one.kind) && one.greatest.trim() && Number(one.greatest) < Number(one.least)) found[`${path}.greatest`] = `最大值小于最小值（${one.least.trim() || 0}），没有人能填写。`
  }
  return found
}
