/** The correction list, and the acts on the lines that were chosen; each line has its own outcome. */

import { useQueryClient } from '@tanstack/vue-query'
import type { ComputedRef } from 'vue'

import { api, ask, type ItemOf, type Schemas } from '@/api/client'
import { chosen, useFilters } from '@/api/filters'
import { type Keyset, useKeyset } from '@/api/paging'
import { confirmAct } from '@/components/confirm'
import { tell } from '@/components/tell'

export type Line = ItemOf<'/api/staff/v1/knowledge/corrections'>
type Outcome = Schemas['CorrectionOutcome']

const BASE = '/api/staff/v1/knowledge/corrections'
const OUTCOMES: Readonly<Record<Outcome['outcome'], string>> = {
  settled: '已办结',
  told: '已告知',
  already: '此前已办',
  unknown: '不适用',
  needs_edition: '须发布新版条目',
  no_account: '提问人没有账号，须另行告知',
}

interface Wanted {
  state: string
  kind: string
}

export function useCorrections(): { list: Keyset<Line>; filters: Wanted; active: ComputedRef<number>; clear: () => void } {
  const { filters, active, clear } = useFilters({ state: 'open', kind: '' })
  const list = useKeyset(
    () => ['corrections', { ...filters }],
    ({ cursor, signal }) => {
      const wanted = chosen({ ...filters }) as { state?: Line['state']; kind?: Line['kind'] }
      return ask(api.GET(BASE, { signal, params: { query: { ...wanted, cursor, limit: 50 } } }))
    },
  )
  return { list, filters, active, clear }
}

export function useCorrectionActs(): { unaffected: (ids: string[]) => Promise<void>; corrected: (ids: string[]) => Promise<void>; tellAskers: (ids: string[]) => Promise<void> } {
  const queries = useQueryClient()
  let outcomes: readonly Outcome[] = []

  async function done(isDone: boolean): Promise<void> {
    if (!isDone) return
    const counted = new Map<string, number>()
    for (const one of outcomes) counted.set(OUTCOMES[one.outcome], (counted.get(OUTCOMES[one.outcome]) ?? 0) + 1)
    tell(`${[...counted].map(([word, count]) => `${word} ${count} 条`).join('，')}。`)
    await Promise.all([queries.invalidateQueries({ queryKey: ['corrections'] }), queries.invalidateQueries({ queryKey: ['articles'] })])
  }

  async function settle(ids: string[], state: 'corrected' | 'unaffected', reason: string): Promise<void> {
    outcomes = (await ask(api.POST(`${BASE}/settle`, { body: { ids, state, reason } }))).items
  }

  return {
    unaffected: async (ids) =>
      done(
        await confirmAct({
          title: `${ids.length} 条不受影响`,
          effects: ['从待核对中移出，条目上的提示随之撤去。', '理由和办理人记入审计。'],
          label: '注明不受影响',
          reason: 'required',
          reasonLabel: '为什么不受影响',
          reasonLimit: 500,
          perform: (reason) => settle(ids, 'unaffected', reason),
        }),
      ),
    corrected: async (ids) =>
      done(
        await confirmAct({
          title: `${ids.length} 条已订正`,
          effects: ['只用于答复：您已在事项中作出订正的答复。', '知识条目发布新版后自动办结，不用在此办理。'],
          label: '办结为已订正',
          reason: 'optional',
          reasonLabel: '怎么订正的',
          reasonLimit: 500,
          perform: (reason) => settle(ids, 'corrected', reason),
        }),
      ),
    tellAskers: async (ids) =>
      done(
        await confirmAct({
          title: '告知提问人',
          effects: ['提问人会收到消息：答复的依据有变化，和下面的说明。', '同一事项、同一依据只告知一次。'],
          label: '告知',
          reason: 'required',
          reasonLabel: '给提问人的一句说明',
          reasonLimit: 100,
          perform: async (note) => {
            outcomes = (await ask(api.POST(`${BASE}/tell`, { body: { ids, note } }))).items
          },
        }),
      ),
  }
}
