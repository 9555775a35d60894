/** Codes in words, from the API's own dictionary; tones and figures as these pages show them. */

import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'

import { api, ask } from '@/api/client'
import type { Tone } from '@/components/StateTag.vue'

const HOUR = 3_600_000
const KILO = 1024

export type Choice = readonly [value: string, label: string]

/** `choices` of a group for a filter, `say` one code; a code without words stays as it is. */
export function useWords(): { choices: (group: string) => Choice[]; say: (group: string, code: string) => string } {
  const query = useQuery({
    queryKey: ['words'],
    queryFn: ({ signal }) => ask(api.GET('/api/staff/v1/words', { signal })),
    staleTime: HOUR,
  })
  const words = computed(() => query.data.value?.words ?? {})
  return {
    choices: (group) => Object.entries(words.value[group] ?? {}),
    say: (group, code) => words.value[group]?.[code] ?? code,
  }
}

const STATUS_TONES: Readonly<Record<string, Tone>> = { active: 'good', suspended: 'wait', revoked: 'bad', deregistered: 'bad' }

export function statusTone(status: string | null | undefined): Tone {
  return STATUS_TONES[status ?? ''] ?? 'info'
}

export function figure(number: number): string {
  return number.toLocaleString('zh-CN')
}

/** 850 B, 12.4 KB, 200 MB */
export function bytes(size: number): string {
  if (size < KILO) return `${size} B`
  const inKilo = size / KILO
  return inKilo < KILO ? `${tenths(inKilo)} KB` : `${tenths(inKilo / KILO)} MB`
}

function tenths(number: number): string {
  return number.toFixed(1).replace(/\.0$/, '')
}
