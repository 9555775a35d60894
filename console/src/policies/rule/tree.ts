/**
 * A rule while it is edited: a tree whose every part has an id of its own, so that it keeps its place on the screen
 * when it is moved. Incomplete conditions are allowed here; `toJson` spells the rule as the API takes it.
 */

export type GroupKind = 'all' | 'any' | 'at_least' | 'not'

export interface Citation {
  document: string
  article: string
  sentence: string
}

export interface Leaf {
  id: string
  kind: 'leaf'
  fact: string
  op: string
  value: unknown
  citation: Citation
  sources: string[]
  say: string
}

export interface Group {
  id: string
  kind: GroupKind
  /** Of `at_least`: how many must hold. */
  count: number
  parts: RuleNode[]
}

export type RuleNode = Leaf | Group

export const NO_CITATION: Citation = { document: '', article: '', sentence: '' }

type Json = Record<string, unknown>

let made = 0
function newId(): string {
  made += 1
  return `n${made}`
}

export function newLeaf(given: Partial<Omit<Leaf, 'id' | 'kind'>> = {}): Leaf {
  const citation = { ...NO_CITATION, ...given.citation }
  return { fact: '', op: '', value: undefined, sources: [], say: '', ...given, citation, id: newId(), kind: 'leaf' }
}

export function newGroup(kind: GroupKind, parts: RuleNode[] = [newLeaf()]): Group {
  return { id: newId(), kind, count: 1, parts }
}

export function isGroup(node: RuleNode): node is Group {
  return node.kind !== 'leaf'
}

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function readNode(json: unknown): RuleNode {
  const node = record(json)
  if ('all' in node) return newGroup('all', list(node['all']).map(readNode))
  if ('any' in node) return newGroup('any', list(node['any']).map(readNode))
  if ('at_least' in node) {
    const inside = record(node['at_least'])
    const group = newGroup('at_least', list(inside['of']).map(readNode))
    return { ...group, count: typeof inside['count'] === 'number' ? inside['count'] : 1 }
  }
  if ('not' in node) {
    // "none of these" is how people say "not any of"
    const inner = record(node['not'])
    return newGroup('not', 'any' in inner ? list(inner['any']).map(readNode) : [readNode(node['not'])])
  }
  const citation = record(node['citation'])
  return newLeaf({
    fact: text(node['fact']),
    op: text(node['op']),
    value: node['value'],
    sources: list(node['sources']).map(text),
    say: text(node['say']),
    citation: { document: text(citation['document']), article: text(citation['article']), sentence: text(citation['sentence']) },
  })
}

/** The editable tree of a rule; its root is always a group, so that a second condition has a place to go. */
export function fromJson(json: unknown): Group {
  const node = readNode(json)
  return isGroup(node) ? node : newGroup('all', [node])
}

function leafJson(leaf: Leaf): Json {
  return {
    fact: leaf.fact,
    op: leaf.op,
    ...(leaf.value === undefined ? {} : { value: leaf.value }),
    citation: { ...leaf.citation },
    ...(leaf.sources.length > 0 ? { sources: [...leaf.sources] } : {}),
    ...(leaf.say.trim() ? { say: leaf.say.trim() } : {}),
  }
}

export function toJson(node: RuleNode): Json {
  if (!isGroup(node)) return leafJson(node)
  const parts = node.parts.map(toJson)
  if (node.kind === 'at_least') return { at_least: { count: node.count, of: parts } }
  if (node.kind === 'not') return { not: parts.length === 1 ? parts[0] : { any: parts } }
  return { [node.kind]: parts }
}

/** Where the API will say each part stands, by its id. */
export function pathsOf(root: RuleNode): Map<string, string> {
  const found = new Map<string, string>()
  const walk = (node: RuleNode, path: string): void => {
    found.set(node.id, path)
    if (!isGroup(node)) return
    const inside = { all: '.all', any: '.any', at_least: '.at_least.of', not: node.parts.length === 1 ? '.not' : '.not.any' }[node.kind]
    node.parts.forEach((part, at) => walk(part, node.kind === 'not' && node.parts.length === 1 ? path + inside : `${path}${inside}[${at}]`))
  }
  walk(root, '$')
  return found
}

export function leavesOf(node: RuleNode): Leaf[] {
  return isGroup(node) ? node.parts.flatMap(leavesOf) : [node]
}

/** The conditions that stand under a "none of these", counted so that two such make none: what is good for them is bad for them. */
export function deniedIn(node: RuleNode, isDenied = false): Set<string> {
  if (!isGroup(node)) return new Set(isDenied ? [node.id] : [])
  const inside = node.kind === 'not' ? !isDenied : isDenied
  return new Set(node.parts.flatMap((part) => [...deniedIn(part, inside)]))
}

export function find(root: RuleNode, id: string): RuleNode | undefined {
  if (root.id === id) return root
  if (!isGroup(root)) return undefined
  for (const part of root.parts) {
    const found = find(part, id)
    if (found) return found
  }
  return undefined
}

/** The group that holds a part; none for the root. */
export function parentOf(root: RuleNode, id: string): Group | undefined {
  if (!isGroup(root)) return undefined
  if (root.parts.some((part) => part.id === id)) return root
  for (const part of root.parts) {
    const found = parentOf(part, id)
    if (found) return found
  }
  return undefined
}
