/** What an answer rests on: a policy or an article by its version in force, or a law by its words. */

import { api, ask, type Schemas } from '@/api/client'

export type Citation = Schemas['CitationIn']
export type Source = Citation['source']

export interface Found {
  source: Source
  id: string
  title: string
  note: string
}

const EACH = 8

/** Published policies and articles that hold the words; what one may not read is not looked for. */
export async function search(words: string, may: { policies: boolean; knowledge: boolean }, signal: AbortSignal): Promise<Found[]> {
  const query = { q: words, state: 'published' as const, limit: EACH }
  const [policies, articles] = await Promise.all([
    may.policies ? ask(api.GET('/api/staff/v1/policies', { signal, params: { query } })) : { items: [] },
    may.knowledge ? ask(api.GET('/api/staff/v1/knowledge/articles', { signal, params: { query } })) : { items: [] },
  ])
  return [
    ...policies.items.map(({ id, title, number }): Found => ({ source: 'policies', id, title, note: number })),
    ...articles.items.map(({ id, title, number }): Found => ({ source: 'knowledge', id, title, note: number })),
  ]
}

/** The version in force now, so that it is told later when that one is replaced. */
export async function cite({ source, id, title }: Found): Promise<Citation> {
  const words = `《${title}》`
  if (source === 'policies') {
    const { versions } = await ask(api.GET('/api/staff/v1/policies/{policy_id}', { params: { path: { policy_id: id } } }))
    return { source, words, ref_id: id, ref_version: versions.find(({ state }) => state === 'published')?.id ?? null }
  }
  const { editions } = await ask(api.GET('/api/staff/v1/knowledge/articles/{article_id}', { params: { path: { article_id: id } } }))
  return { source, words, ref_id: id, ref_version: editions.find(({ state }) => state === 'published')?.id ?? null }
}

export const law = (): Citation => ({ source: 'law', words: '', ref_id: null, ref_version: null })

/** Those that say something, as they are sent. */
export function written(citations: readonly Citation[]): Citation[] {
  return citations.map((one) => ({ ...one, words: one.words.trim() })).filter(({ words }) => words !== '')
}
