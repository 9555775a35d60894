/** A policy's text while somebody writes it, and how it is spelled for the API. */

import type { Words } from '@/api/words'
import { differing, type Difference } from '@/components/conflict'
import { day } from '@/components/moment'

import type { Facts } from '../rule/facts'
import { outline } from '../rule/sentence'
import { fromJson, type Group, toJson } from '../rule/tree'
import type { Content } from '../usePolicy'

/** As Content, with the rule as the tree that the editor works on. */
export interface Draft extends Omit<Content, 'rule'> {
  rule: Group
  /** Only of a new policy; empty: the next number of the day. */
  number: string
}

export const LABELS: Readonly<Record<keyof Draft, string>> = {
  number: '政策编号',
  title: '标题',
  doc_no: '文号',
  issuer: '发文机关',
  level: '级别',
  region: '适用地区',
  issued_on: '发文日期',
  effective_from: '生效日期',
  effective_to: '失效日期',
  apply_from: '申报开始',
  apply_until: '申报截止',
  category: '类别',
  action: '所属行动',
  summary: '摘要',
  body: '正文',
  benefit: '能得到什么',
  how_to_apply: '怎么办理',
  contact: '咨询方式',
  links: '给企业的链接',
  sources: '核对过的网页',
  verification: '核对程度',
  note: '内部备注',
  reference_only: '仅供参照',
  rule: '适用条件',
  exclusions: '不能同时享受的政策',
  correction: '更正说明',
}

export const FIELDS = Object.keys(LABELS) as (keyof Draft)[]

export function blank(): Draft {
  return {
    number: '', title: '', doc_no: '', issuer: '', level: 'city', region: '330500', issued_on: day(new Date().toISOString()),
    effective_from: day(new Date().toISOString()), effective_to: null, apply_from: null, apply_until: null, category: '',
    action: 'policies', summary: '', body: '', benefit: '', how_to_apply: '', contact: '', links: [], sources: [],
    verification: 'law_text', note: '', reference_only: false, exclusions: [], correction: '',
    rule: fromJson({ all: [{}] }),
  }
}

export function draftOf(given: Content): Draft {
  // what was read is shared with other pages; an editor writes into its own
  const content = JSON.parse(JSON.stringify(given)) as Content
  return { ...content, number: '', rule: fromJson(content.rule) }
}

export function contentOfDraft(draft: Draft): Content {
  const { rule, ...rest } = JSON.parse(JSON.stringify(draft)) as Draft
  const content = { ...rest, rule: toJson(rule) } as Content & { number?: string }
  delete content.number
  return content
}

/** What has to be there before the server is asked. */
export function checkDraft(draft: Draft): Record<string, string | undefined> {
  const needed: (keyof Draft)[] = ['title', 'issuer', 'issued_on', 'effective_from', 'category', 'summary', 'benefit', 'how_to_apply']
  return Object.fromEntries(needed.filter((name) => !draft[name]).map((name) => [name, `请填写“${LABELS[name]}”。`]))
}

function linksText(links: readonly { title: string; url: string }[]): string {
  return links.map((one) => `${one.title}：${one.url}`).join('\n')
}

const WORDED: Readonly<Partial<Record<keyof Content, string>>> = {
  level: 'policy_level', region: 'policy_region', action: 'policy_action', verification: 'policy_verification',
}

/** One field as people read it. */
export function readable(content: Content, name: keyof Content, facts: Facts, word: Words['word']): string {
  const group = WORDED[name]
  if (group) return word(group, String(content[name]))
  if (name === 'rule') return outline(fromJson(content.rule), facts).join('\n')
  if (name === 'links' || name === 'sources') return linksText(content[name])
  if (name === 'exclusions') return content.exclusions.map((one) => `${one.number}（${one.citation.document} ${one.citation.article}：${one.citation.sentence}）`).join('\n')
  if (name === 'reference_only') return content.reference_only ? '是' : '否'
  return String(content[name] ?? '')
}

export const CONTENT_FIELDS = FIELDS.filter((name): name is keyof Content => name !== 'number')

/** What two texts of a policy say differently. */
export function differences(mine: Content, theirs: Content, facts: Facts, word: Words['word']): Difference[] {
  return differing(CONTENT_FIELDS.map((name) => [LABELS[name], readable(mine, name, facts, word), readable(theirs, name, facts, word)] as const))
}
