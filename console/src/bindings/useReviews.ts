/** Claims and objections: the queue, one of them, and the decision. */

import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type ComputedRef, type MaybeRefOrGetter, toValue } from 'vue'

import { api, ask, type Got, type ItemOf } from '@/api/client'
import { chosen, useFilters } from '@/api/filters'
import { type Keyset, useKeyset } from '@/api/paging'
import { asProblem } from '@/api/problem'
import { confirmAct } from '@/components/confirm'
import type { Tone } from '@/components/StateTag.vue'
import { tell } from '@/components/tell'

import { question, type Verdict } from './verdicts'

const BASE = '/api/staff/v1/bindings'

export type Listed = ItemOf<'/api/staff/v1/bindings'>
export type Review = Got<'/api/staff/v1/bindings/{review_id}'>

type State = 'pending' | 'approved' | 'refused' | 'withdrawn' | 'all'

export const TONES: Readonly<Record<string, Tone>> = { pending: 'wait', approved: 'good', refused: 'bad' }

const NO_FILTERS = { state: 'pending' as State, kind: '', role: '', text: '' }
export type Wanted = typeof NO_FILTERS

export function useReviews(): { list: Keyset<Listed>; filters: Wanted; active: ComputedRef<number>; clear: () => void } {
  const { filters, active, clear } = useFilters(NO_FILTERS)
  const list = useKeyset(
    () => ['bindings', { ...filters }],
    ({ cursor, signal }) => {
      const wanted = chosen(filters) as { state: State; kind?: Listed['kind']; role?: 'representative' | 'manager'; text?: string }
      return ask(api.GET(BASE, { signal, params: { query: { ...wanted, cursor, limit: 30 } } }))
    },
  )
  return { list, filters, active, clear }
}

export function useReview(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ['binding', toValue(id)]),
    queryFn: ({ signal }) => ask(api.GET(`${BASE}/{review_id}`, { signal, params: { path: { review_id: toValue(id) } } })),
  })
}

/** The one that has waited longest beside this one; nothing when none waits. */
export function useNext(id: MaybeRefOrGetter<string>): ComputedRef<string | null> {
  const query = useQuery({
    queryKey: ['bindings', 'next'],
    queryFn: ({ signal }) => ask(api.GET(BASE, { signal, params: { query: { state: 'pending', limit: 2 } } })),
  })
  return computed(() => query.data.value?.items.find((one) => one.id !== toValue(id))?.id ?? null)
}

/** Asks, decides, and shows what stands now, whoever decided it. */
export function useDeciding(): (review: Review, verdict: Verdict) => Promise<void> {
  const queries = useQueryClient()
  const renew = (id: string): Promise<unknown> =>
    Promise.all([['binding', id], ['bindings'], ['notices'], ['enterprise']].map((queryKey) => queries.invalidateQueries({ queryKey })))

  return async (review, verdict) => {
    const params = { path: { review_id: review.id } }
    const asked = question(review, verdict)
    const isDone = await confirmAct({
      ...asked,
      perform: async (reason) => {
        try {
          await (verdict === 'approve'
            ? ask(api.POST(`${BASE}/{review_id}/approve`, { params, body: { reason } }))
            : ask(api.POST(`${BASE}/{review_id}/refuse`, { params, body: { reason } })))
        } catch (error) {
          // the page behind the dialog shows at once what a colleague decided meanwhile
          if (asProblem(error).isConflict) await renew(review.id)
          throw error
        }
      },
    })
    if (!isDone) return
    tell(asked.done)
    await renew(review.id)
  }
}

/** Where the licence photo can be seen for ten minutes; looking is noted. */
export function openLicence(id: string) {
  return ask(api.POST(`${BASE}/{review_id}/licence`, { params: { path: { review_id: id } } }))
}
