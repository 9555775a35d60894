/** What did not clearly pass the check: the queue, one thing with its words, and the decision about it. */

import { useMutation, useQueryClient } from '@tanstack/vue-query'
import type { ComputedRef } from 'vue'

import { api, ask, type ItemOf } from '@/api/client'
import { useFilters } from '@/api/filters'
import { type Keyset, useKeyset } from '@/api/paging'
import { asProblem } from '@/api/problem'
import { type Act, confirmAct } from '@/components/confirm'
import type { Tone } from '@/components/StateTag.vue'
import { tell } from '@/components/tell'

const BASE = '/api/staff/v1/moderation'

export type Held = ItemOf<'/api/staff/v1/moderation'>
export type Verdict = 'release' | 'refuse'

export const TONES: Readonly<Record<string, Tone>> = { held: 'wait', released: 'good', refused: 'bad' }

type State = 'held' | 'released' | 'refused'

export function useHeld(): { list: Keyset<Held>; filters: { state: State }; active: ComputedRef<number>; clear: () => void } {
  const { filters, active, clear } = useFilters({ state: 'held' as State })
  const list = useKeyset(
    () => ['moderation', { ...filters }],
    ({ cursor, signal }) => ask(api.GET(BASE, { signal, params: { query: { state: filters.state, cursor, limit: 30 } } })),
  )
  return { list, filters, active, clear }
}

/** The words themselves; that they were looked at is noted. */
export function useLook(id: () => string) {
  return useMutation({ mutationFn: () => ask(api.POST(`${BASE}/{subject_id}/look`, { params: { path: { subject_id: id() } } })) })
}

const LIMIT = 200
const QUESTIONS: Readonly<Record<Verdict, Omit<Act, 'perform'> & { done: string }>> = {
  release: {
    title: '放行',
    label: '放行',
    effects: ['内容按正常流程继续：提问进入办理，公开的可以公开。', '理由记入审计。'],
    reason: 'required',
    reasonLimit: LIMIT,
    done: '已放行。',
  },
  refuse: {
    title: '不予通过',
    label: '不予通过',
    effects: ['内容不进入办理，图片不向任何人显示。', '提交人会看到您写的理由，可以改正后重新提交。'],
    isDangerous: true,
    reason: 'required',
    reasonLabel: '理由（提交人会看到）',
    reasonLimit: LIMIT,
    done: '已办理，提交人会看到理由。',
  },
}

/** Asks, decides, and looks again at what stands now. */
export function useDeciding(again: () => Promise<unknown>): (id: string, verdict: Verdict) => Promise<void> {
  const queries = useQueryClient()
  const renew = (): Promise<unknown> =>
    Promise.all([again(), ...['moderation', 'notices', 'cases'].map((key) => queries.invalidateQueries({ queryKey: [key] }))])

  return async (id, verdict) => {
    const { done, ...asked } = QUESTIONS[verdict]
    const isDone = await confirmAct({
      ...asked,
      perform: async (reason, headers) => {
        const given = { params: { path: { subject_id: id } }, headers, body: { reason } }
        try {
          await (verdict === 'release' ? ask(api.POST(`${BASE}/{subject_id}/release`, given)) : ask(api.POST(`${BASE}/{subject_id}/refuse`, given)))
        } catch (error) {
          // the page behind the dialog shows at once what a colleague decided meanwhile
          if (asProblem(error).isConflict) await renew()
          throw error
        }
      },
    })
    if (!isDone) return
    tell(done)
    await renew()
  }
}
