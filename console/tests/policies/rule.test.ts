import { describe, expect, it } from 'vitest'

import { type Fact, firstOperator, lacking, valueFor, valueKind } from '@/policies/rule/facts'
import { incomplete, located } from '@/policies/rule/findings'
import { before, duplicate, lift, nest, put, remove, shift } from '@/policies/rule/moves'
import { clause, outline, sentence } from '@/policies/rule/sentence'
import { deniedIn, find, fromJson, isGroup, leavesOf, newLeaf, pathsOf, toJson } from '@/policies/rule/tree'

const CITED = { document: '甲文', article: '第一条', sentence: '原文。' }

function fact(key: string, title: string, type: string, ops: string[], more: Partial<Fact> = {}): Fact {
  return {
    key, title, type, unit: '', sources: [], holds_for_days: null, absence: 'unknown', askable: false, question: '',
    is_sensitive: false, is_derived: false, is_internal: false, choices: {}, has_codes: false,
    operators: ops.map((op) => ({ op, title: op })), ...more,
  }
}

const FACTS = new Map(
  [
    fact('employees', '从业人数', 'integer', ['eq', 'le', 'ge', 'between', 'in'], { unit: '人' }),
    fact('founded_on', '成立日期', 'date', ['eq', 'before', 'between', 'within']),
    fact('industry', '行业（国民经济行业小类）', 'code', ['eq', 'in', 'prefix'], { has_codes: true }),
    fact('entity_type', '主体类型', 'enum', ['eq', 'in'], { choices: { enterprise: '企业', cooperative: '合作社' } }),
    fact('listings', '名单记录', 'tags', ['exists', 'absent', 'has_tag'], { choices: { abnormal: '经营异常名录' } }),
    fact('has_ip', '拥有自主知识产权', 'boolean', ['eq', 'ne']),
  ].map((one) => [one.key, one]),
)

const known = (key: string): Fact => {
  const one = FACTS.get(key)
  if (!one) throw new Error(`no fact ${key}`)
  return one
}
const leaf = (key: string, op: string, value?: unknown): Record<string, unknown> => ({
  fact: key, op, ...(value === undefined ? {} : { value }), citation: CITED,
})
const RULE = {
  all: [
    leaf('employees', 'le', 10),
    { any: [leaf('has_ip', 'eq', true), leaf('entity_type', 'eq', 'cooperative')] },
    { not: { any: [leaf('listings', 'exists'), leaf('employees', 'ge', 300)] } },
    { not: leaf('founded_on', 'within', { years: 1 }) },
    { at_least: { count: 2, of: [leaf('employees', 'ge', 1), leaf('has_ip', 'eq', true), leaf('industry', 'prefix', ['F'])] } },
  ],
}
const id = (root: ReturnType<typeof fromJson>, at: number): string => root.parts[at]?.id ?? ''

describe('a tree', () => {
  it('is read and spelled without a loss', () => {
    expect(toJson(fromJson(RULE))).toEqual(RULE)
  })

  it('begins with a group, whatever the rule begins with', () => {
    expect(toJson(fromJson(leaf('has_ip', 'eq', true)))).toEqual({ all: [leaf('has_ip', 'eq', true)] })
    expect(toJson(fromJson({}))).toMatchObject({ all: [{ fact: '' }] })
  })

  it('keeps stricter sources and plain words of a condition', () => {
    const one = { ...leaf('has_ip', 'eq', true), sources: ['bureau'], say: '有专利' }
    expect(toJson(fromJson({ all: [one] }))).toEqual({ all: [one] })
  })

  it('knows where the API will say each part stands', () => {
    const paths = [...pathsOf(fromJson(RULE)).values()]
    expect(paths).toEqual([
      '$', '$.all[0]', '$.all[1]', '$.all[1].any[0]', '$.all[1].any[1]', '$.all[2]', '$.all[2].not.any[0]',
      '$.all[2].not.any[1]', '$.all[3]', '$.all[3].not', '$.all[4]', '$.all[4].at_least.of[0]',
      '$.all[4].at_least.of[1]', '$.all[4].at_least.of[2]',
    ])
  })
})

describe('what must not be', () => {
  it('is told, and twice not is what must be', () => {
    const root = fromJson({ all: [leaf('has_ip', 'eq', true), { not: { all: [leaf('employees', 'ge', 9), { not: leaf('has_ip', 'ne', true) }] } }] })
    const all = leavesOf(root).map((one) => one.id)
    expect([...deniedIn(root)]).toEqual([all[1]])
  })
})

describe('moving about', () => {
  it('goes up and down, and stays at the ends', () => {
    const root = fromJson({ all: [leaf('employees', 'le', 1), leaf('has_ip', 'eq', true)] })
    const first = id(root, 0)
    expect(shift(root, first, -1)).toBe(false)
    expect(shift(root, first, 1)).toBe(true)
    expect(root.parts.map((one) => one.id)[1]).toBe(first)
    expect(shift(root, first, 1)).toBe(false)
  })

  it('nests a part where it stands and lifts it out again', () => {
    const root = fromJson({ all: [leaf('employees', 'le', 1), leaf('has_ip', 'eq', true)] })
    const inside = id(root, 0)
    nest(root, inside, 'not')
    expect(toJson(root)).toEqual({ all: [{ not: leaf('employees', 'le', 1) }, leaf('has_ip', 'eq', true)] })
    expect(lift(root, inside)).toBe(true)
    expect(toJson(root)).toEqual({ all: [leaf('employees', 'le', 1), leaf('has_ip', 'eq', true)] })
    expect(lift(root, inside)).toBe(false)
  })

  it('copies with ids of its own', () => {
    const root = fromJson(RULE)
    const made = duplicate(root, id(root, 1)) ?? ''
    expect(find(root, made)).toBeDefined()
    expect(new Set(pathsOf(root).keys()).size).toBe(pathsOf(root).size)
    const json = toJson(root)['all'] as unknown[]
    expect(json[2]).toEqual(json[1])
    const [, original, , copy] = leavesOf(root)
    if (original) original.citation.document = '别的'
    expect(copy?.citation.document).toBe('甲文')
  })

  it('removes groups that are empty then, and never asks for more than there is', () => {
    const root = fromJson(RULE)
    const only = root.parts[3]
    const inside = only && isGroup(only) ? id(only, 0) : ''
    expect(remove(root, inside)).toBe(root.parts[3]?.id)
    expect(root.parts).toHaveLength(4)
    const counted = root.parts[3]
    if (!counted || !isGroup(counted)) throw new Error('no group')
    remove(root, id(counted, 0))
    remove(root, id(counted, 0))
    expect(counted.count).toBe(1)
  })

  it('puts a part anywhere but into itself', () => {
    const root = fromJson(RULE)
    const group = root.parts[1]
    if (!group || !isGroup(group)) throw new Error('no group')
    expect(put(root, group.id, id(group, 0), 'before')).toBe(false)
    expect(put(root, id(root, 0), group.id, 'into')).toBe(true)
    expect(group.parts).toHaveLength(3)
    expect(put(root, id(group, 2), id(root, 1), 'after')).toBe(true)
  })

  it('knows the condition above', () => {
    const root = fromJson(RULE)
    const all = leavesOf(root)
    expect(before(root, all[0]?.id ?? '')).toBeNull()
    expect(before(root, all[2]?.id ?? '')?.id).toBe(all[1]?.id)
  })
})

describe('values', () => {
  it.each([
    ['employees', 'le', 'number'], ['employees', 'between', 'range'], ['employees', 'in', 'numbers'],
    ['founded_on', 'within', 'duration'], ['founded_on', 'before', 'day_or_today'], ['founded_on', 'eq', 'day'],
    ['founded_on', 'between', 'day_range'], ['industry', 'prefix', 'codes'], ['industry', 'eq', 'code'],
    ['entity_type', 'eq', 'choice'], ['entity_type', 'in', 'choices'], ['listings', 'has_tag', 'choices'],
    ['listings', 'exists', 'none'], ['has_ip', 'eq', 'boolean'],
  ])('of %s %s are a %s', (key, op, kind) => {
    expect(valueKind(known(key), op)).toBe(kind)
  })

  it('keep what still fits when the operator changes', () => {
    expect(valueFor('numbers', 10)).toEqual([10])
    expect(valueFor('number', [10, 20])).toBe(10)
    expect(valueFor('choices', 'a')).toEqual(['a'])
    expect(valueFor('number', 'abc')).toBeUndefined()
    expect(valueFor('duration', 3)).toEqual({ years: 1 })
    expect(valueFor('none', 3)).toBeUndefined()
  })

  it('begin with what is meant most often, as far as it is legal', () => {
    expect(firstOperator(known('industry'))).toBe('prefix')
    expect(firstOperator(fact('x', 'x', 'integer', ['eq']))).toBe('eq')
  })

  it('that are missing are told', () => {
    const fields = (given: Parameters<typeof newLeaf>[0]): string[] => lacking(newLeaf(given), FACTS).map((one) => one.field)
    expect(fields({})).toEqual(['fact'])
    expect(fields({ fact: 'employees', op: 'prefix', value: 1, citation: CITED })).toEqual(['op'])
    expect(fields({ fact: 'employees', op: 'le', citation: { ...CITED, article: ' ' } })).toEqual(['value', 'citation.article'])
    expect(fields({ fact: 'employees', op: 'le', value: 0, citation: CITED })).toEqual([])
    expect(fields({ fact: 'founded_on', op: 'within', value: { years: 0 }, citation: CITED })).toEqual(['value'])
  })
})

describe('reading aloud', () => {
  const names = new Map([['industry', new Map([['F52', '零售业（F52）'], ['H', '住宿和餐饮业（H）']])]])
  it.each([
    ['employees', 'le', 10, '从业人数不超过 10 人'],
    ['employees', 'between', [1, 9], '从业人数在 1 人 至 9 人 之间（含两端）'],
    ['founded_on', 'within', { years: 5 }, '成立日期在最近 5 年内'],
    ['founded_on', 'before', 'as_of', '成立日期早于 判定当日'],
    ['industry', 'prefix', ['F52', 'H'], '行业属于零售业（F52）、住宿和餐饮业（H）之一'],
    ['entity_type', 'in', ['enterprise', 'cooperative'], '主体类型为企业、合作社之一'],
    ['listings', 'exists', undefined, '已登记名单记录'],
    ['has_ip', 'ne', true, '拥有自主知识产权：否'],
    ['employees', 'le', undefined, '从业人数不超过 ＿＿'],
  ])('%s %s', (key, op, value, told) => {
    expect(clause(newLeaf({ fact: key, op, value }), FACTS, names)).toBe(told)
  })

  it('is one sentence of the whole', () => {
    expect(sentence(fromJson(RULE), FACTS, names)).toBe(
      '从业人数不超过 10 人，并且（拥有自主知识产权：是，或者主体类型为合作社），并且没有以下任何一种情形（已登记名单记录；从业人数不少于 300 人），' +
        '并且没有以下情形（成立日期在最近 1 年内），并且（从业人数不少于 1 人、拥有自主知识产权：是、行业属于F）3 项中至少满足 2 项。',
    )
  })

  it('has a line for each part in an outline', () => {
    expect(outline(fromJson(RULE), FACTS)).toHaveLength(14)
    expect(outline(fromJson(RULE), FACTS)[1]).toBe('　从业人数不超过 10 人（甲文 第一条：原文。）')
  })
})

describe('remarks', () => {
  it('stand at the innermost part they name', () => {
    const root = fromJson(RULE)
    const found = located(root, [
      { path: '$.all[2].not.any[1].value', code: 'bad_value', sentence: '', level: 'error' },
      { path: 'rule.all[1]', code: 'unreachable_branch', sentence: '', level: 'warning' },
      { path: '$', code: 'contradiction', sentence: '', level: 'warning' },
      { path: '$.all[0].citation.document', code: 'missing', sentence: '' },
    ])
    const leaves = leavesOf(root)
    expect(found.map((one) => [one.id, one.field, one.level])).toEqual([
      [leaves[4]?.id, 'value', 'error'], [id(root, 1), '', 'warning'], [root.id, '', 'warning'],
      [leaves[0]?.id, 'citation.document', 'error'],
    ])
  })

  it('are made here for what is not filled in', () => {
    const root = fromJson({ all: [leaf('has_ip', 'eq', true), {}] })
    expect(incomplete(root, FACTS).map((one) => [one.id, one.field])).toEqual([[id(root, 1), 'fact']])
  })
})
