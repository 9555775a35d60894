/** The facts a rule can ask about, and the names of their codes once a rule or a form needs them. */

import { useQueries, useQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef, type MaybeRefOrGetter, toValue } from 'vue'

import { api, ask } from '@/api/client'

import type { Facts } from './facts'
import type { CodeNames } from './sentence'
import { leavesOf, type RuleNode } from './tree'

const HOUR = 3_600_000

export function useFacts(): { facts: ComputedRef<Facts>; isPending: ComputedRef<boolean>; problem: ComputedRef<Error | null> } {
  const query = useQuery({
    queryKey: ['facts'],
    queryFn: ({ signal }) => ask(api.GET('/api/staff/v1/facts', { signal })),
    staleTime: HOUR,
  })
  return {
    facts: computed(() => new Map(query.data.value?.items.map((one) => [one.key, one]))),
    isPending: computed(() => query.isPending.value),
    problem: computed(() => query.error.value),
  }
}

/** Names of codes for the facts that these rules use. */
export function useCodeNames(roots: MaybeRefOrGetter<readonly RuleNode[]>, facts: ComputedRef<Facts>): ComputedRef<CodeNames> {
  const wanted = computed(() => {
    const used = new Set(toValue(roots).flatMap(leavesOf).map((leaf) => leaf.fact))
    return [...used].filter((key) => facts.value.get(key)?.has_codes).sort()
  })
  const found = useQueries({
    queries: computed(() =>
      wanted.value.map((key) => ({
        queryKey: ['codes', key],
        queryFn: ({ signal }: { signal: AbortSignal }) =>
          ask(api.GET('/api/staff/v1/facts/{key}/codes', { signal, params: { path: { key } } })),
        staleTime: HOUR,
      })),
    ),
  })
  return computed(
    () =>
      new Map(
        wanted.value.map((key, at) => [key, new Map(found.value[at]?.data?.items.map((one) => [one.code, one.name]))] as const),
      ),
  )
}
