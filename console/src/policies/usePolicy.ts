/** One policy with all its versions, and what it is made of. */

import { useQuery, type UseQueryReturnType } from '@tanstack/vue-query'
import { computed, type ComputedRef } from 'vue'

import { api, ask, type Got, type Schemas } from '@/api/client'
import type { Problem } from '@/api/problem'

export type Policy = Got<'/api/staff/v1/policies/{policy_id}'>
export type Version = Policy['versions'][number]
export type Content = Required<Schemas['PolicyContent']>
export type Act = Policy['may'][number]

export function policyKey(id: string): readonly string[] {
  return ['policy', id]
}

export function fetchPolicy(id: string, signal?: AbortSignal): Promise<Policy> {
  return ask(api.GET('/api/staff/v1/policies/{policy_id}', { ...(signal ? { signal } : {}), params: { path: { policy_id: id } } }))
}

export function contentOf(version: Version): Content {
  return version.content as Content
}

const OPEN = new Set(['draft', 'in_review', 'scheduled'])

/** The version that is not out yet, of which there is at most one. */
export function openVersion(policy: Policy): Version | undefined {
  return policy.versions.find((one) => OPEN.has(one.state))
}

export function liveVersion(policy: Policy): Version | undefined {
  return policy.versions.find((one) => one.state === 'published')
}

/** What a version takes the place of: the one before it that came out. */
export function versionBefore(policy: Policy, version: Version): Version | undefined {
  return policy.versions.find((one) => one.edition < version.edition && one.published_at !== null)
}

export function usePolicy(id: string): {
  query: UseQueryReturnType<Policy, Problem>
  policy: ComputedRef<Policy | undefined>
  newest: ComputedRef<Version | undefined>
  may: ComputedRef<ReadonlySet<Act>>
} {
  const query = useQuery({ queryKey: policyKey(id), queryFn: ({ signal }) => fetchPolicy(id, signal) })
  const policy = computed(() => query.data.value)
  return { query, policy, newest: computed(() => policy.value?.versions[0]), may: computed(() => new Set(policy.value?.may)) }
}
