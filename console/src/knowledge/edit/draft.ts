/** An article's text while somebody writes it, and how it is spelled for the API. */

import type { Got } from '@/api/client'
import { differing, type Difference } from '@/components/conflict'

import type { Article, Cited, Content } from '../useKnowledge'

export type Gap = Got<'/api/staff/v1/knowledge/gaps/{gap_id}'>

/** One citation while it is written; the title of a policy is only shown. */
export interface DraftCitation {
  source: 'policies' | 'law'
  version_id: string
  title: string
  words: string
  document: string
  article: string
  sentence: string
}

export interface Draft {
  audience: 'public' | 'internal'
  title: string
  body: string
  category: string
  /** One a line. */
  asked_as: string
  citations: DraftCitation[]
}

export const LABELS: Readonly<Record<keyof Draft, string>> = {
  title: '标题',
  audience: '谁可以看',
  category: '类别',
  asked_as: '常见问法',
  body: '正文',
  citations: '依据',
}

export const FIELDS = Object.keys(LABELS) as (keyof Draft)[]

export function blankCitation(source: DraftCitation['source']): DraftCitation {
  return { source, version_id: '', title: '', words: '', document: '', article: '', sentence: '' }
}

export function blank(gap: Gap | undefined): Draft {
  return {
    audience: 'public',
    title: '',
    body: '',
    category: gap?.category ?? '',
    asked_as: gap?.asked_as.join('\n') ?? '',
    citations: [],
  }
}

export function draftOf(article: Article): Draft {
  const newest = article.editions[0]
  if (!newest) return blank(undefined)
  const { audience, title, body, category } = newest
  return { audience, title, body, category, asked_as: newest.asked_as.join('\n'), citations: newest.citations.map(citation) }
}

function citation(one: Cited): DraftCitation {
  return {
    source: one.source,
    version_id: one.version_id ?? '',
    title: one.title ? `《${one.title}》第 ${one.edition} 版` : '',
    words: one.words ?? '',
    document: one.document ?? '',
    article: one.article ?? '',
    sentence: one.sentence ?? '',
  }
}

export function contentOf(draft: Draft): Content {
  const { audience, title, body, category } = draft
  const asked_as = draft.asked_as.split('\n').map((line) => line.trim()).filter((line) => line !== '')
  const citations = draft.citations.map((one) =>
    one.source === 'policies'
      ? ({ source: 'policies', version_id: one.version_id, words: one.words } as const)
      : ({ source: 'law', document: one.document, article: one.article, sentence: one.sentence } as const),
  )
  return { audience, title, body, category, asked_as, citations }
}

/** What has to be there before the server is asked. */
export function checkDraft(draft: Draft): Record<string, string | undefined> {
  const needed: (keyof Draft)[] = ['title', 'category', 'body']
  const missing = needed.filter((name) => !draft[name]).map((name) => [name, `请填写“${LABELS[name]}”。`] as const)
  const cited = draft.citations.some((one) => (one.source === 'policies' ? !one.version_id || !one.words : !one.document || !one.article || !one.sentence))
  return { ...Object.fromEntries(missing), citations: cited ? '请把每一处依据填写完整。' : undefined }
}

function readable(draft: Draft, name: keyof Draft): string {
  if (name !== 'citations') return draft[name]
  return draft.citations.map((one) => `${one.title || one.document} ${one.article}：${one.words || one.sentence}`).join('\n')
}

/** What two texts of an article say differently. */
export function differences(mine: Draft, theirs: Draft): Difference[] {
  return differing(FIELDS.map((name) => [LABELS[name], readable(mine, name), readable(theirs, name)] as const))
}
