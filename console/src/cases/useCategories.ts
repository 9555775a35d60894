/** What can be asked: the groups with their leaves, as choices. */

import { useQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef } from 'vue'

import { api, ask } from '@/api/client'
import type { Choice } from '@/api/words'

export function useCategories(): { choices: ComputedRef<readonly Choice[]> } {
  const told = useQuery({
    queryKey: ['case-categories', 'choices'],
    queryFn: ({ signal }) => ask(api.GET('/api/staff/v1/knowledge/categories', { signal })),
    staleTime: 300_000,
  })
  return { choices: computed(() => told.data.value?.items.map(({ key, title }) => [key, title] as const) ?? []) }
}
