/** Every code in Chinese, as the API tells it; until it has answered, and for what it does not know, the code itself. */

import { useQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef } from 'vue'

import { api, ask } from './client'

export interface Words {
  word: (group: string, code: string | null | undefined) => string
  /** The codes of a group with their words, in the API's order. */
  choices: (group: string) => readonly (readonly [string, string])[]
  isReady: ComputedRef<boolean>
}

export function useWords(): Words {
  const told = useQuery({
    queryKey: ['words'],
    queryFn: ({ signal }) => ask(api.GET('/api/staff/v1/words', { signal })),
    staleTime: Infinity,
  })
  const groups = computed(() => told.data.value?.words ?? {})
  return {
    word: (group, code) => (code ? (groups.value[group]?.[code] ?? code) : '—'),
    choices: (group) => Object.entries(groups.value[group] ?? {}),
    isReady: computed(() => told.data.value !== undefined),
  }
}
