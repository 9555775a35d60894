/** Every code in Chinese, as the API tells it; for what it does not know, the code itself. */

import { useQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef } from 'vue'

import { byDoor } from '@/door'

import { api, ask, UNATTENDED } from './client'

export type Choice = readonly [code: string, word: string]

const NOT_YET = '…'
const AGAIN = 5_000

export interface Words {
  word: (group: string, code: string | null | undefined) => string
  /** The codes of a group with their words, in the API's order. */
  choices: (group: string) => readonly Choice[]
  isReady: ComputedRef<boolean>
}

export function useWords(): Words {
  const told = useQuery({
    queryKey: ['words'],
    queryFn: ({ signal }) => ask(api.GET(byDoor({ staff: '/api/staff/v1/words', bank: '/api/partner/v1/words' }), { signal, headers: UNATTENDED })),
    staleTime: Infinity,
    // without them no page can be read: they are asked for until they are there
    refetchInterval: ({ state }) => (state.status === 'error' ? AGAIN : false),
  })
  const groups = computed(() => told.data.value?.words ?? {})
  return {
    word: (group, code) => (code ? (groups.value[group]?.[code] ?? (told.data.value ? code : NOT_YET)) : '—'),
    choices: (group) => Object.entries(groups.value[group] ?? {}),
    isReady: computed(() => told.data.value !== undefined),
  }
}
