/** What Ctrl-K finds: the pages one may open, enterprises by code or name, cases by number or words. */

import { useQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef, onScopeDispose, type Ref, ref, watch } from 'vue'

import { api, ask } from '@/api/client'
import type { Problem } from '@/api/problem'
import { mayOpen, type PageRoute } from '@/pages'
import { pages } from '@/router'
import { useSession } from '@/session/store'

export interface Hit {
  key: string
  label: string
  note: string
  to: string
}

const PAUSE = 250 // ms without a key before the API is asked
const SHOWN = 8
const SHORTEST = 2

/** Pages whose title holds the text; a page of one particular thing cannot be opened from here. */
export function pageHits(text: string, permissions: ReadonlySet<string>, from: readonly PageRoute[] = pages): Hit[] {
  const wanted = text.trim().toLowerCase()
  return from
    .filter(({ path, meta }) => !meta.isBare && !path.includes(':') && mayOpen(permissions, meta.permission))
    .filter(({ meta }) => meta.title.toLowerCase().includes(wanted) || (meta.menu?.label ?? '').includes(wanted))
    .map(({ name, path, meta }) => ({ key: name, label: meta.title, note: '页面', to: path }))
}

interface Palette {
  text: Ref<string>
  hits: ComputedRef<Hit[]>
  isSearching: ComputedRef<boolean>
  problem: ComputedRef<Problem | null>
}

export function usePalette(): Palette {
  const session = useSession()
  const text = ref('')
  const settled = ref('')
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(text, (now) => {
    clearTimeout(timer)
    timer = setTimeout(() => (settled.value = now.trim()), PAUSE)
  })
  onScopeDispose(() => clearTimeout(timer))

  const found = useQuery({
    queryKey: ['palette', settled],
    queryFn: ({ signal }) =>
      ask(api.GET('/api/staff/v1/enterprises', { signal, params: { query: { text: settled.value, limit: SHOWN } } })),
    enabled: computed(() => settled.value.length >= SHORTEST && session.can('enterprises.read')),
  })
  const matters = useQuery({
    queryKey: ['cases', 'palette', settled],
    queryFn: ({ signal }) =>
      ask(api.GET('/api/staff/v1/cases', { signal, params: { query: { q: settled.value, sort: 'newest', limit: SHOWN } } })),
    // every word of a search is at least that long
    enabled: computed(() => isLong(settled.value) && session.can('cases.read')),
  })
  const isSettled = computed(() => text.value.trim().length >= SHORTEST && text.value.trim() === settled.value)
  const enterprises = computed<Hit[]>(() => {
    if (!isSettled.value) return []
    return (found.data.value?.items ?? []).map(({ id, name, uscc }) => ({ key: id, label: name, note: uscc, to: `/enterprises/${id}` }))
  })
  const cases = computed<Hit[]>(() => {
    if (!isSettled.value || !isLong(settled.value)) return []
    return (matters.data.value?.items ?? []).map(({ id, title, number }) => ({ key: id, label: title, note: number, to: `/cases/${id}` }))
  })
  return {
    text,
    hits: computed(() => [...pageHits(text.value, session.permissions), ...enterprises.value, ...cases.value]),
    isSearching: computed(() => found.isFetching.value || matters.isFetching.value),
    problem: computed(() => found.error.value ?? matters.error.value),
  }
}

const isLong = (words: string): boolean => words !== '' && words.split(/\s+/).every((one) => one.length >= SHORTEST)
