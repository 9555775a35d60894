/** Broadcasts: the list, one with its figures kept up to date, and the acts on it. */

import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type ComputedRef, type MaybeRefOrGetter, toValue, watch } from 'vue'

import { api, ask, type Got, type ItemOf, UNATTENDED } from '@/api/client'
import { chosen, useFilters } from '@/api/filters'
import { type Keyset, useKeyset } from '@/api/paging'

export type Broadcast = Got<'/api/staff/v1/broadcasts/{broadcast_id}'>
export type Progress = Got<'/api/staff/v1/broadcasts/{broadcast_id}/progress'>
export type Outcome = ItemOf<'/api/staff/v1/broadcasts/{broadcast_id}/outcomes'>
export type Recipient = ItemOf<'/api/staff/v1/broadcasts/{broadcast_id}/recipients'>
export type Trial = Got<'/api/staff/v1/broadcasts/{broadcast_id}/test/{trial_id}'>
export type Act = Broadcast['may'][number]

/** While a broadcast is under way its figures are asked for this often; the API renews them every two seconds. */
const UNDER_WAY = 2_500
const WAITING = 15_000

export const isMoving = (state: Broadcast['state'] | undefined): boolean => state === 'sending' || state === 'released'

export function useBroadcasts(): {
  list: Keyset<ItemOf<'/api/staff/v1/broadcasts'>>
  filters: { state: string }
  active: ComputedRef<number>
  clear: () => void
} {
  const { filters, active, clear } = useFilters({ state: '' })
  const list = useKeyset(
    () => ['broadcasts', { ...filters }],
    ({ cursor, signal }) =>
      ask(
        api.GET('/api/staff/v1/broadcasts', {
          signal,
          params: { query: { ...(chosen(filters) as { state?: Broadcast['state'] }), cursor, limit: 30 } },
        }),
      ),
  )
  return { list, filters, active, clear }
}

export function useBroadcast(id: MaybeRefOrGetter<string>) {
  const queries = useQueryClient()
  const path = computed(() => ({ broadcast_id: toValue(id) }))
  const one = useQuery({
    queryKey: computed(() => ['broadcast', toValue(id)]),
    queryFn: ({ signal }) =>
      ask(api.GET('/api/staff/v1/broadcasts/{broadcast_id}', { signal, headers: UNATTENDED, params: { path: path.value } })),
    refetchInterval: ({ state }) => (isMoving(state.data?.state) ? WAITING : false),
  })
  const isBegun = computed(() => ['sending', 'paused', 'done', 'cancelled'].includes(one.data.value?.state ?? ''))
  const progress = useQuery({
    queryKey: computed(() => ['broadcast', toValue(id), 'progress']),
    queryFn: ({ signal }) =>
      ask(
        api.GET('/api/staff/v1/broadcasts/{broadcast_id}/progress', {
          signal,
          headers: UNATTENDED,
          params: { path: path.value },
        }),
      ),
    enabled: isBegun,
    refetchInterval: () => (one.data.value?.state === 'sending' ? UNDER_WAY : false),
  })
  const outcomes = useQuery({
    queryKey: computed(() => ['broadcast', toValue(id), 'outcomes']),
    queryFn: ({ signal }) =>
      ask(
        api.GET('/api/staff/v1/broadcasts/{broadcast_id}/outcomes', {
          signal,
          headers: UNATTENDED,
          params: { path: path.value },
        }),
      ),
    enabled: computed(() => typeof one.data.value?.recipients === 'number'),
    refetchInterval: () => (one.data.value?.state === 'sending' ? WAITING : false),
  })
  const refresh = (...part: string[]): Promise<void> => queries.invalidateQueries({ queryKey: ['broadcast', toValue(id), ...part] })
  // figures, list and state on one page tell the same moment
  watch(
    () => one.data.value?.state,
    (now, before) => before && now !== before && refresh(),
  )
  watch(
    () => JSON.stringify(outcomes.data.value?.items),
    (_, before) => before && refresh('recipients'),
  )
  return { one, progress, outcomes, isBegun, refresh: () => refresh() }
}

/** A trial sent to oneself, asked after until it is known what became of it. */
export function useTrial(id: MaybeRefOrGetter<string>, begun: MaybeRefOrGetter<Trial>) {
  return useQuery({
    queryKey: computed(() => ['broadcast', toValue(id), 'trial', toValue(begun).id]),
    queryFn: ({ signal }) =>
      ask(
        api.GET('/api/staff/v1/broadcasts/{broadcast_id}/test/{trial_id}', {
          signal,
          headers: UNATTENDED,
          params: { path: { broadcast_id: toValue(id), trial_id: toValue(begun).id } },
        }),
      ),
    initialData: () => toValue(begun),
    refetchInterval: ({ state }) => (state.data?.state === 'waiting' ? pause(state.data) : false),
  })
}

/** What waits for a better hour is not asked after every other second. */
function pause({ due_at: due }: Trial): number {
  return due && Date.parse(due) > Date.now() + WAITING ? WAITING : UNDER_WAY
}

export function useRecipients(
  id: MaybeRefOrGetter<string>,
  wanted: MaybeRefOrGetter<{ outcome: string; reason: string }>,
): Keyset<Recipient> {
  return useKeyset(
    () => ['broadcast', toValue(id), 'recipients', { ...toValue(wanted) }],
    ({ cursor, signal }) =>
      ask(
        api.GET('/api/staff/v1/broadcasts/{broadcast_id}/recipients', {
          signal,
          headers: UNATTENDED,
          params: {
            path: { broadcast_id: toValue(id) },
            query: {
              ...(chosen(toValue(wanted)) as { outcome?: Outcome['outcome']; reason?: string }),
              cursor,
              limit: 30,
            },
          },
        }),
      ),
  )
}
