/** The knowledge base: the list, one article with its editions, the categories it may stand in. */

import { useQuery, type UseQueryReturnType } from '@tanstack/vue-query'
import { computed, type ComputedRef } from 'vue'

import { api, ask, type Got, type ItemOf, type Schemas } from '@/api/client'
import { chosen, useFilters } from '@/api/filters'
import { type Keyset, useKeyset } from '@/api/paging'
import type { Problem } from '@/api/problem'
import type { Tone } from '@/components/StateTag.vue'

export type Listed = ItemOf<'/api/staff/v1/knowledge/articles'>
export type Article = Got<'/api/staff/v1/knowledge/articles/{article_id}'>
export type Edition = Article['editions'][number]
export type Cited = Edition['citations'][number]
export type Act = Article['may'][number]
export type Content = Required<Schemas['ArticleContent']>

export const TONES: Readonly<Record<string, Tone>> = { in_review: 'wait', published: 'good', withdrawn: 'bad' }

const BASE = '/api/staff/v1/knowledge/articles'

export function articleKey(id: string): readonly string[] {
  return ['article', id]
}

export function fetchArticle(id: string, signal?: AbortSignal): Promise<Article> {
  return ask(api.GET(`${BASE}/{article_id}`, { ...(signal ? { signal } : {}), params: { path: { article_id: id } } }))
}

export function useArticle(id: string): UseQueryReturnType<Article, Problem> {
  return useQuery({ queryKey: articleKey(id), queryFn: ({ signal }) => fetchArticle(id, signal) })
}

interface Wanted {
  q: string
  state: string
  audience: string
  category: string
  outdated: boolean
}

export function useKnowledge(): { list: Keyset<Listed>; filters: Wanted; active: ComputedRef<number>; clear: () => void } {
  const { filters, active, clear } = useFilters({ q: '', state: '', audience: '', category: '', outdated: false })
  const list = useKeyset(
    () => ['articles', { ...filters }],
    ({ cursor, signal }) => {
      const wanted = chosen(filters) as { state?: Listed['state']; audience?: Listed['audience']; q?: string; category?: string; outdated?: boolean }
      return ask(api.GET(BASE, { signal, params: { query: { ...wanted, cursor, limit: 30 } } }))
    },
  )
  return { list, filters, active, clear }
}

export function useCategories(): { choices: ComputedRef<(readonly [string, string])[]>; named: (key: string) => string } {
  const told = useQuery({
    queryKey: ['article-categories'],
    queryFn: ({ signal }) => ask(api.GET('/api/staff/v1/knowledge/categories', { signal })),
    staleTime: Infinity,
  })
  const choices = computed(() => (told.data.value?.items ?? []).map((one) => [one.key, one.title] as const))
  return { choices, named: (key) => choices.value.find(([code]) => code === key)?.[1] ?? key }
}
