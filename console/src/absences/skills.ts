/** What somebody knows, by the codes under which kinds of matters ask for it. */

import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'

import { api, ask } from '@/api/client'
import type { Choice } from '@/api/words'
import type { Category } from '@/cases/useCategories'
import { useSession } from '@/session/store'

const PATH = '/api/staff/v1/staff/{staff_id}/skills'
const CODE = /^[a-z][a-z0-9_]{0,40}$/
export const MOST = 20

/** The skills that kinds of matters ask for, each told by what asks for it: a code alone says little. */
export function choicesOf(categories: readonly Pick<Category, 'skill' | 'title' | 'closed_at'>[]): Choice[] {
  const titles = new Map<string, string[]>()
  for (const { skill, title, closed_at: closed } of categories) {
    if (skill !== null && closed === null) titles.set(skill, [...(titles.get(skill) ?? []), title])
  }
  return [...titles].map(([code, told]) => [code, told.join('、')])
}

export function checkSkills(skills: readonly string[]): string | undefined {
  const wrong = skills.filter((one) => !CODE.test(one))
  if (wrong.length > 0) return `“${wrong.join('”“')}”不是专长代码：须为小写字母、数字或下划线，以字母开头。`
  return skills.length > MOST ? `至多 ${MOST} 项。` : undefined
}

export function useSkills(id: MaybeRefOrGetter<string>) {
  const queries = useQueryClient()
  const queryKey = computed(() => ['skills', toValue(id)])
  const query = useQuery({ queryKey, queryFn: ({ signal }) => ask(api.GET(PATH, { signal, params: { path: { staff_id: toValue(id) } } })) })
  const session = useSession()
  // who keeps the accounts reads people, not what they work on: he sees the codes
  const categories = useQuery({
    queryKey: ['case-categories'],
    queryFn: ({ signal }) => ask(api.GET('/api/staff/v1/case-categories', { signal })),
    enabled: computed(() => session.can('cases.read')),
  })
  const choices = computed(() => choicesOf(categories.data.value?.items ?? []))

  async function note(skills: string[]): Promise<void> {
    await ask(api.PUT(PATH, { params: { path: { staff_id: toValue(id) } }, body: { skills } }))
    await queries.invalidateQueries({ queryKey: queryKey.value })
  }

  return { query, choices, note, wordOf: (code: string) => choices.value.find(([one]) => one === code)?.[1] ?? code }
}
