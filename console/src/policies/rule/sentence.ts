/** A rule read aloud: one clause, one group, or the whole of it as a Chinese sentence. */

import { type Fact, type Facts, valueKind } from './facts'
import { type Group, isGroup, type Leaf, type RuleNode } from './tree'

/** The names of codes (industries, places), by fact; what isn't here is read as its code. */
export type CodeNames = ReadonlyMap<string, ReadonlyMap<string, string>>

export const GROUP_WORDS: Readonly<Record<Group['kind'], string>> = {
  all: '全部满足',
  any: '满足任意一项',
  at_least: '至少满足几项',
  not: '一项都不能有',
}

const BETWEEN: Readonly<Record<string, [title: string, value: string]>> = {
  eq: ['为', ''],
  ne: ['不为', ''],
  in: ['为', '之一'],
  not_in: ['不为', '中的任何一种'],
  prefix: ['属于', ''],
  lt: ['少于', ''],
  le: ['不超过', ''],
  gt: ['超过', ''],
  ge: ['不少于', ''],
  before: ['早于', ''],
  on_or_before: ['不晚于', ''],
  after: ['晚于', ''],
  on_or_after: ['不早于', ''],
  within: ['在最近', '内'],
  has_tag: ['包括', ''],
  lacks_tag: ['不包括', ''],
}
const UNITS: Readonly<Record<string, string>> = { years: '年', months: '个月', days: '天' }
const BLANK = '＿＿'
const MOST = 8

function one(fact: Fact, value: unknown, names: CodeNames): string {
  if (value === 'as_of' && fact.type === 'date') return '判定当日'
  if (fact.type === 'boolean') return value === true ? '是' : '否'
  const written = String(value ?? BLANK)
  const read = fact.choices[written] ?? names.get(fact.key)?.get(written) ?? written
  return fact.type === 'integer' || fact.type === 'decimal' ? `${read}${fact.unit === '%' ? '%' : fact.unit && ` ${fact.unit}`}` : read
}

function several(fact: Fact, values: readonly unknown[], names: CodeNames): string {
  const read = values.map((value) => one(fact, value, names))
  if (read.length === 0) return BLANK
  const shown = read.length > MOST ? `${read.slice(0, MOST - 1).join('、')}等 ${read.length} 项` : read.join('、')
  return shown
}

function duration(value: unknown): string {
  const parts = Object.entries((value ?? {}) as Record<string, unknown>)
  return parts.map(([unit, count]) => ` ${String(count)} ${UNITS[unit] ?? unit}`).join('') || BLANK
}

/** A condition's title without whose codes they are: 行业（国民经济行业小类） is read as 行业. */
function titleOf(fact: Fact): string {
  return fact.has_codes ? (fact.title.split('（')[0] ?? fact.title) : fact.title
}

export function clause(leaf: Leaf, facts: Facts, names: CodeNames = new Map()): string {
  const fact = facts.get(leaf.fact)
  if (!fact) return leaf.fact ? `“${leaf.fact}”不在事实目录中` : '未填写的条件'
  const title = titleOf(fact)
  if (leaf.op === 'exists') return `已登记${title}`
  if (leaf.op === 'absent') return `没有登记${title}`
  const kind = valueKind(fact, leaf.op)
  if (kind === 'boolean') return `${title}：${one(fact, leaf.op === 'ne' ? leaf.value !== true : leaf.value, names)}`
  if (kind === 'duration') return `${title}在最近${duration(leaf.value)}内`
  const values = Array.isArray(leaf.value) ? leaf.value : leaf.value === undefined ? [] : [leaf.value]
  if (leaf.op === 'between') {
    const [low, high] = [one(fact, values[0], names), one(fact, values[1], names)]
    return `${title}在 ${low} 至 ${high} 之间（含两端）`
  }
  const [link, end] = BETWEEN[leaf.op] ?? ['＿', '']
  const many = values.length > 1
  const tail = many && leaf.op === 'prefix' ? '之一' : many && leaf.op === 'has_tag' ? '中的至少一项' : many && leaf.op === 'lacks_tag' ? '中的任何一项' : many ? end : ''
  const space = kind === 'number' || kind === 'day' || kind === 'day_or_today' ? ' ' : ''
  return `${title}${link}${space}${several(fact, values, names)}${tail}`
}

/** What a group asks for, before its parts are read. */
export function heading(group: Group): string {
  if (group.kind === 'at_least') return `以下 ${group.parts.length} 项至少满足 ${group.count} 项`
  return { all: '以下各项须全部满足', any: '以下各项满足任意一项即可', not: '以下情形一项都不能有' }[group.kind]
}

function inner(node: RuleNode, facts: Facts, names: CodeNames, isTop: boolean): string {
  if (!isGroup(node)) return clause(node, facts, names)
  const parts = node.parts.map((part) => inner(part, facts, names, false))
  if (parts.length === 0) return '（没有条件）'
  if (node.kind === 'not') return `没有${parts.length > 1 ? '以下任何一种情形' : '以下情形'}（${parts.join('；')}）`
  if (parts.length === 1) return parts[0] ?? ''
  if (node.kind === 'at_least') return `（${parts.join('、')}）${parts.length} 项中至少满足 ${node.count} 项`
  if (node.kind === 'any') return isTop ? `${parts.join('，或者')}` : `（${parts.join('，或者')}）`
  return isTop ? parts.join('，并且') : `（${parts.join('，并且')}）`
}

/** The whole rule as one sentence. */
export function sentence(root: RuleNode, facts: Facts, names: CodeNames = new Map()): string {
  return `${inner(root, facts, names, true)}。`
}

/** The rule as indented lines, for comparing two of them. */
export function outline(node: RuleNode, facts: Facts, names: CodeNames = new Map(), depth = 0): string[] {
  const indent = '　'.repeat(depth)
  if (isGroup(node)) return [`${indent}${heading(node)}：`, ...node.parts.flatMap((part) => outline(part, facts, names, depth + 1))]
  const cited = node.citation.document ? `（${node.citation.document} ${node.citation.article}：${node.citation.sentence}）` : ''
  const only = node.sources.length > 0 ? `，只认：${node.sources.join('、')}` : ''
  return [`${indent}${clause(node, facts, names)}${only}${cited}`]
}
