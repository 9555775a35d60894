/** Rounds of visits: the list, one of them, whom it is for, who was frozen into it, and how far it is. */

import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'

import { api, ask, type Got, type ItemOf, UNATTENDED } from '@/api/client'
import type { Tone } from '@/components/StateTag.vue'

export type Campaign = Got<'/api/staff/v1/visit-campaigns/{campaign_id}'>
export type Listed = ItemOf<'/api/staff/v1/visit-campaigns'>
export type Progress = Got<'/api/staff/v1/visit-campaigns/{campaign_id}/progress'>
export type Row = Progress['by_week'][number]
export type Target = ItemOf<'/api/staff/v1/visit-campaigns/{campaign_id}/targets'>

export const PATH = '/api/staff/v1/visit-campaigns'
export const EACH = 30
/** A running round is looked at again this often. */
const RUNNING = 30_000

export const STATE_TONES: Readonly<Record<string, Tone>> = { frozen: 'wait', release_wanted: 'wait', running: 'brand', paused: 'bad', done: 'good' }
export const TARGET_TONES: Readonly<Record<string, Tone>> = { waiting: 'info', proposed: 'wait', picked: 'good', declined: 'info', silent: 'wait' }

/** The list that stands: from freezing on. */
export const hasList = (one: Pick<Campaign, 'state' | 'chosen'>): boolean => one.chosen !== null && one.state !== 'draft'

export function fetchCampaign(id: string, signal?: AbortSignal): Promise<Campaign> {
  return ask(api.GET(`${PATH}/{campaign_id}`, { ...(signal && { signal }), params: { path: { campaign_id: id } } }))
}

export function useCampaign(id: MaybeRefOrGetter<string>) {
  const queries = useQueryClient()
  const path = computed(() => ({ campaign_id: toValue(id) }))
  const one = useQuery({ queryKey: computed(() => ['campaign', toValue(id)]), queryFn: ({ signal }) => fetchCampaign(toValue(id), signal) })
  const told = computed(() => one.data.value)
  const audience = useQuery({
    queryKey: computed(() => ['campaign', toValue(id), 'audience', told.value?.version]),
    queryFn: ({ signal }) => ask(api.GET(`${PATH}/{campaign_id}/audience`, { signal, params: { path: path.value } })),
    enabled: computed(() => told.value?.state === 'draft'),
  })
  const progress = useQuery({
    queryKey: computed(() => ['campaign', toValue(id), 'progress', told.value?.version]),
    queryFn: ({ signal }) => ask(api.GET(`${PATH}/{campaign_id}/progress`, { signal, headers: UNATTENDED, params: { path: path.value } })),
    enabled: computed(() => told.value !== undefined && hasList(told.value)),
    refetchInterval: () => (told.value?.state === 'running' ? RUNNING : false),
  })
  const refresh = (): Promise<unknown> => Promise.all([['campaign', toValue(id)], ['campaigns']].map((queryKey) => queries.invalidateQueries({ queryKey })))
  return { one, told, audience, progress, refresh }
}
