/** Who may not ask in the mini-program for a time: the list, one of them, ending it, deciding an appeal. */

import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type ComputedRef, type MaybeRefOrGetter, toValue } from 'vue'

import { api, ask, type Got, type ItemOf, type Once } from '@/api/client'
import { useFilters } from '@/api/filters'
import { type Keyset, useKeyset } from '@/api/paging'
import { asProblem } from '@/api/problem'
import { type Act, confirmAct } from '@/components/confirm'
import type { Tone } from '@/components/StateTag.vue'
import { tell } from '@/components/tell'

const BASE = '/api/staff/v1/question-bars'

export type Bar = Got<`${typeof BASE}/{bar_id}`>
export type Verdict = 'lift' | 'uphold' | 'reject'

export function useBars(): { list: Keyset<ItemOf<typeof BASE>>; filters: { only: string }; active: ComputedRef<number>; clear: () => void } {
  const { filters, active, clear } = useFilters({ only: 'live' })
  const list = useKeyset(
    () => ['question-bars', { ...filters }],
    ({ cursor, signal }) => {
      const only = filters.only === 'all' ? {} : { only: filters.only as 'live' | 'appealed' }
      return ask(api.GET(BASE, { signal, params: { query: { ...only, cursor, limit: 30 } } }))
    },
  )
  return { list, filters, active, clear }
}

export function useBar(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ['question-bar', toValue(id)]),
    queryFn: ({ signal }) => ask(api.GET(`${BASE}/{bar_id}`, { signal, params: { path: { bar_id: toValue(id) } } })),
  })
}

/** How a bar stands, in one word: it ends by itself on its day. */
export function standing(one: Pick<Bar, 'is_live' | 'ended_at'>): { word: string; tone: Tone } {
  if (one.is_live) return { word: '限制中', tone: 'bad' }
  return one.ended_at ? { word: '已提前解除', tone: 'good' } : { word: '已到期', tone: 'info' }
}

/** How its appeal stands; nothing where there is none. */
export function appealed(one: Pick<Bar, 'appealed_at' | 'is_upheld'>): { word: string; tone: Tone } | null {
  if (one.appealed_at === null) return null
  if (one.is_upheld === null) return { word: '申诉待处理', tone: 'wait' }
  return one.is_upheld ? { word: '申诉成立', tone: 'good' } : { word: '申诉不成立', tone: 'info' }
}

/** What can be done by what the API allows; an appeal is decided one way or the other. */
export function verdicts(may: readonly string[]): Verdict[] {
  return [...(may.includes('decide') ? (['uphold', 'reject'] as const) : []), ...(may.includes('lift') ? (['lift'] as const) : [])]
}

const LIMIT = 300
export const QUESTIONS: Readonly<Record<Verdict, Omit<Act, 'perform'> & { done: string }>> = {
  lift: {
    title: '提前解除限制',
    label: '解除限制',
    effects: ['对方立即可以在线提问，会收到消息和下面的理由。'],
    reason: 'required',
    reasonLabel: '解除的理由（对方会看到）',
    reasonLimit: LIMIT,
    done: '已解除限制。',
  },
  uphold: {
    title: '申诉成立',
    label: '申诉成立，解除限制',
    effects: ['限制立即解除，对方可以在线提问。', '对方会收到消息和下面的理由。'],
    reason: 'required',
    reasonLabel: '理由（对方会看到）',
    reasonLimit: LIMIT,
    done: '已决定：申诉成立。',
  },
  reject: {
    title: '申诉不成立',
    label: '申诉不成立',
    effects: ['限制继续，到期自动解除；窗口和热线不受影响。', '对方会收到消息和下面的理由；每次限制只申诉一次。'],
    isDangerous: true,
    reason: 'required',
    reasonLabel: '理由（对方会看到）',
    reasonLimit: LIMIT,
    done: '已决定：申诉不成立。',
  },
}

const TOUCHED = ['question-bar', 'question-bars', 'notices']

export function useDeciding(): (id: string, verdict: Verdict) => Promise<void> {
  const queries = useQueryClient()
  const renew = (): Promise<unknown> => Promise.all(TOUCHED.map((key) => queries.invalidateQueries({ queryKey: [key] })))

  function send(id: string, verdict: Verdict, reason: string, headers: Once): Promise<unknown> {
    const params = { path: { bar_id: id } }
    if (verdict === 'lift') return ask(api.POST(`${BASE}/{bar_id}/lift`, { params, headers, body: { reason } }))
    return ask(api.POST(`${BASE}/{bar_id}/decide`, { params, headers, body: { is_upheld: verdict === 'uphold', reason } }))
  }

  return async (id, verdict) => {
    const { done, ...asked } = QUESTIONS[verdict]
    const isDone = await confirmAct({
      ...asked,
      perform: async (reason, headers) => {
        try {
          await send(id, verdict, reason, headers)
        } catch (error) {
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
