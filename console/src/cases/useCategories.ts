/** What can be asked: the groups with their leaves. */

import { useQuery, type UseQueryReturnType } from '@tanstack/vue-query'
import { computed, type ComputedRef } from 'vue'

import { api, ask, type Got, type ItemOf } from '@/api/client'
import type { Problem } from '@/api/problem'
import type { Choice } from '@/api/words'

export type Category = ItemOf<'/api/staff/v1/case-categories'>

export interface Group {
  key: string
  title: string
  leaves: readonly Category[]
}

/** The groups with what can be chosen below them, as long as it is open. */
export function groups(all: readonly Category[]): Group[] {
  const open = all.filter(({ closed_at: at }) => at === null)
  return open
    .filter(({ parent }) => parent === null)
    .map(({ key, title }) => ({ key, title, leaves: open.filter(({ parent }) => parent === key) }))
    .filter(({ leaves }) => leaves.length > 0)
}

/** Groups and leaves as filters: a group stands for all below it. */
export function choicesOf(told: readonly Group[]): Choice[] {
  return told.flatMap(({ key, title, leaves }): Choice[] => [[key, `${title}（全部）`], ...leaves.map((one): Choice => [one.key, one.title])])
}

export function useCategories(): {
  query: UseQueryReturnType<Got<'/api/staff/v1/case-categories'>, Problem>
  tree: ComputedRef<readonly Group[]>
  choices: ComputedRef<readonly Choice[]>
} {
  const query = useQuery({
    queryKey: ['case-categories'],
    queryFn: ({ signal }) => ask(api.GET('/api/staff/v1/case-categories', { signal })),
  })
  const tree = computed(() => groups(query.data.value?.items ?? []))
  return { query, tree, choices: computed(() => choicesOf(tree.value)) }
}
