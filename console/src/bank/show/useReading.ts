/**
 * What an enterprise consented to, as it was read: kept by this page alone and only as long as it may be looked at. Each
 * reading is logged for the enterprise.
 */

import { computed, onScopeDispose, ref, watch } from 'vue'

import { api, ask, type Made } from '@/api/client'
import { download } from '@/api/download'
import { asProblem, type Problem } from '@/api/problem'
import { confirmAct } from '@/components/confirm'

import { type Referral, useConsentWatch } from '../useReferrals'

const BASE = '/api/partner/v1/referrals/{referral_id}'
export type Reading = Made<'/api/partner/v1/referrals/{referral_id}/reading'>

export function useReading(one: () => Referral, renew: () => Promise<unknown>) {
  const reading = ref<Reading | null>(null)
  const problem = ref<Problem | null>(null)
  const isShown = computed(() => reading.value !== null)
  const holds = useConsentWatch(() => one().id, isShown)

  const forget = (): void => void (reading.value = null)
  // revoked, expired or over: nothing of it stays on the screen
  watch(
    () => [holds.data.value, one().may.includes('read')] as const,
    ([still, may]) => {
      if (!isShown.value || (still !== false && may)) return
      forget()
      void renew()
    },
  )
  watch(() => one().id, forget)
  onScopeDispose(forget)

  async function open(): Promise<void> {
    problem.value = null
    const params = { path: { referral_id: one().id } }
    await confirmAct({
      title: '查看企业资料',
      label: '查看并留下记录',
      effects: [
        '本次查看会留下记录：时间、查看人、机构和看了哪些项。企业随时可以看到。',
        '只能用于本次融资对接，不得用于其他目的，不得再向他人提供。',
        '企业撤回授权后，资料立即不能再看，已取得的须停止使用并删除。',
      ],
      perform: async () => {
        try {
          reading.value = await ask(api.POST(`${BASE}/reading`, { params }))
        } finally {
          await renew() // it counts as read, or is not to be read any more
        }
      },
    })
  }

  async function openPaper(id: string, name: string): Promise<void> {
    problem.value = null
    await confirmAct({
      title: `打开证明材料：${name}`,
      label: '打开并留下记录',
      effects: ['打开会留下记录，企业随时可以看到。', '文件会保存到这台电脑；授权结束后须删除。'],
      perform: async () => {
        try {
          await download(`/api/partner/v1/referrals/${one().id}/evidence/${id}/reading`, 'POST')
        } catch (error) {
          problem.value = asProblem(error)
          throw error
        } finally {
          await renew()
        }
      },
    })
  }

  return { reading, problem, open, openPaper, forget }
}
