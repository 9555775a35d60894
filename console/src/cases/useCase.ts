/** One case as it stands, and commands on it that tell what happened meanwhile when somebody was quicker. */

import { useQuery, useQueryClient, type UseQueryReturnType } from '@tanstack/vue-query'
import { computed, type ComputedRef, type MaybeRefOrGetter, toValue } from 'vue'

import { api, ask, type Got, ifMatch } from '@/api/client'
import type { Problem } from '@/api/problem'
import { versioned } from '@/components/acting'

export type Case = Got<'/api/staff/v1/cases/{case_id}'>
export type Entry = Case['timeline'][number]
export type Note = Case['notes'][number]
export type File = Entry['files'][number]
export type Citation = Entry['citations'][number]

/** Where a command goes: to this case, for the version that its clerk saw. */
export interface At {
  path: { case_id: string }
  header: { 'If-Match': string }
}

export type Sending = <T>(send: (at: At) => Promise<T>) => Promise<T>

/** What a command on a case may have changed elsewhere. */
const TOUCHED = ['cases', 'notices']

export function useCase(id: MaybeRefOrGetter<string>): {
  query: UseQueryReturnType<Case, Problem>
  one: ComputedRef<Case | undefined>
  renew: () => Promise<void>
} {
  const queries = useQueryClient()
  const query = useQuery({
    queryKey: computed(() => ['case', toValue(id)]),
    queryFn: ({ signal }) => ask(api.GET('/api/staff/v1/cases/{case_id}', { signal, params: { path: { case_id: toValue(id) } } })),
  })
  async function renew(): Promise<void> {
    await Promise.all([['case', toValue(id)], ...TOUCHED.map((one) => [one])].map((queryKey) => queries.invalidateQueries({ queryKey })))
  }
  return { query, one: computed(() => query.data.value), renew }
}

/** Who stands behind a case without an account, in clear: the reason goes into the audit trail. */
export async function revealContact(id: string, reason: string): Promise<string> {
  const told = await ask(api.POST('/api/staff/v1/cases/{case_id}/reveal-contact', { params: { path: { case_id: id } }, body: { reason } }))
  return [told.name, told.phone].filter(Boolean).join(' ')
}

export function sending(one: () => Case, renew: () => Promise<unknown>): Sending {
  const send = versioned(one, renew)
  return (act) => send((version) => act({ path: { case_id: one().id }, header: ifMatch(version) }))
}
