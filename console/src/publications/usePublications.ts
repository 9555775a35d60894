/** Answers in wording that names nobody: the list, one of them, and what another person decides about it. */

import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type ComputedRef, type MaybeRefOrGetter, toValue } from 'vue'

import { api, ask, type Got, type ItemOf, type Once } from '@/api/client'
import { chosen, useFilters } from '@/api/filters'
import { type Keyset, useKeyset } from '@/api/paging'
import { asProblem } from '@/api/problem'
import { type Act, confirmAct } from '@/components/confirm'
import type { Tone } from '@/components/StateTag.vue'
import { tell } from '@/components/tell'

const BASE = '/api/staff/v1/question-publications'

export type Row = ItemOf<typeof BASE>
export type Publication = Got<`${typeof BASE}/{publication_id}`>
export type Verdict = 'release' | 'send_back' | 'withdraw'

export const TONES: Readonly<Record<string, Tone>> = { proposed: 'wait', returned: 'bad', published: 'good' }

type Wanted = { state?: Row['state'] & ('proposed' | 'returned' | 'published' | 'superseded' | 'withdrawn') }

export function usePublications(): { list: Keyset<Row>; filters: { state: string }; active: ComputedRef<number>; clear: () => void } {
  const { filters, active, clear } = useFilters({ state: '' })
  const list = useKeyset(
    () => ['publications', { ...filters }],
    ({ cursor, signal }) => ask(api.GET(BASE, { signal, params: { query: { ...(chosen({ ...filters }) as Wanted), cursor, limit: 30 } } })),
  )
  return { list, filters, active, clear }
}

export function usePublication(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ['publication', toValue(id)]),
    queryFn: ({ signal }) => ask(api.GET(`${BASE}/{publication_id}`, { signal, params: { path: { publication_id: toValue(id) } } })),
    enabled: computed(() => toValue(id) !== ''),
  })
}

const LIMIT = 300
const QUESTIONS: Readonly<Record<Verdict, Omit<Act, 'perform'> & { done: string }>> = {
  release: {
    title: '公开这份答复',
    label: '核对并公开',
    effects: ['我已核对：文中没有个人和企业信息，答复与原答复一致。', '所有人即可看到，关注这个问题的人会收到消息。', '此前公开的一版由此被更正。'],
    done: '已公开。',
  },
  send_back: {
    title: '退回公开稿',
    label: '退回',
    effects: ['不公开；这份公开稿到此为止，改好后另行起草。', '理由写在公开稿上。'],
    reason: 'required',
    reasonLabel: '退回的理由',
    reasonLimit: LIMIT,
    done: '已退回。',
  },
  withdraw: {
    title: '撤下公开答复',
    label: '撤下',
    effects: ['立即不再向任何人显示，也不再提示给提问的人。', '提问人自己的答复不受影响。', '要再公开须另行起草，由另一人核对。'],
    isDangerous: true,
    reason: 'required',
    reasonLabel: '撤下的原因',
    reasonLimit: LIMIT,
    done: '已撤下。',
  },
}

/** What a decision changes elsewhere: lists, the inbox of who was asked for it. */
const TOUCHED = ['publication', 'publications', 'notices']

export function useDeciding(): (id: string, verdict: Verdict) => Promise<void> {
  const queries = useQueryClient()
  const renew = (): Promise<unknown> => Promise.all(TOUCHED.map((key) => queries.invalidateQueries({ queryKey: [key] })))

  function send(id: string, verdict: Verdict, reason: string, headers: Once): Promise<unknown> {
    const params = { path: { publication_id: id } }
    if (verdict === 'release') return ask(api.POST(`${BASE}/{publication_id}/release`, { params, headers }))
    const given = { params, headers, body: { reason } }
    return verdict === 'send_back' ? ask(api.POST(`${BASE}/{publication_id}/send-back`, given)) : ask(api.POST(`${BASE}/{publication_id}/withdraw`, given))
  }

  return async (id, verdict) => {
    const { done, ...asked } = QUESTIONS[verdict]
    const isDone = await confirmAct({
      ...asked,
      perform: async (reason, headers) => {
        try {
          await send(id, verdict, reason, headers)
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
