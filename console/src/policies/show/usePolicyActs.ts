/** The commands on a policy, each with what it will do said before. */

import { useQueryClient } from '@tanstack/vue-query'
import { nextTick } from 'vue'

import { api, ask, ifMatch } from '@/api/client'
import { Problem, type WrongField } from '@/api/problem'
import { confirmAct } from '@/components/confirm'
import { giveBackFocus } from '@/components/focus'
import { moment } from '@/components/moment'
import { tell } from '@/components/tell'

import { liveVersion, openVersion, type Policy, policyKey } from '../usePolicy'

export interface PolicyActs {
  /** Returns what keeps it from being submitted, if anything. */
  submit: () => Promise<readonly WrongField[]>
  unschedule: () => Promise<void>
  withdraw: () => Promise<void>
  publish: (at: string | null) => Promise<boolean>
  resume: () => Promise<void>
}

export function usePolicyActs(policy: () => Policy): PolicyActs {
  const queries = useQueryClient()

  async function renewed(): Promise<void> {
    await Promise.all([
      queries.invalidateQueries({ queryKey: policyKey(policy().id) }),
      queries.invalidateQueries({ queryKey: ['policies'] }),
    ])
    await nextTick()
    giveBackFocus() // the act's button may be gone by now
  }

  /** For the version that was read; nothing else may have come between reading and acting. */
  function params(): { path: { policy_id: string }; header: { 'If-Match': string } } {
    return { path: { policy_id: policy().id }, header: ifMatch(policy().version) }
  }

  async function submit(): Promise<readonly WrongField[]> {
    let refused: readonly WrongField[] = []
    const edition = openVersion(policy())?.edition ?? 1
    const isDone = await confirmAct({
      title: `提交第 ${edition} 版审核`,
      effects: ['有审核权限的同事会收到提醒。', '由另一位同事审核发布；您不能发布自己起草或修改的版本。', '审核期间再修改，会退回草稿。'],
      label: '提交审核',
      perform: async () => {
        try {
          await ask(api.POST('/api/staff/v1/policies/{policy_id}/submit', { params: params() }))
        } catch (error) {
          if (!(error instanceof Problem) || error.fields.length === 0) throw error
          refused = error.fields
        }
      },
    })
    if (isDone && refused.length === 0) tell('已提交审核。')
    await renewed()
    return refused
  }

  async function unschedule(): Promise<void> {
    const open = openVersion(policy())
    const isDone = await confirmAct({
      title: '取消定时发布',
      effects: [`第 ${open?.edition ?? ''} 版不再于 ${open?.publish_at ? moment(open.publish_at) : '定好的时间'} 发布，退回待审核。`, '可审核的同事会收到提醒。'],
      label: '取消定时发布',
      perform: () => ask(api.POST('/api/staff/v1/policies/{policy_id}/unschedule', { params: params() })),
    })
    if (isDone) tell('已取消定时发布，退回待审核。')
    await renewed()
  }

  async function withdraw(): Promise<void> {
    const live = liveVersion(policy())
    const isDone = await confirmAct({
      title: `撤回第 ${live?.edition ?? ''} 版`,
      effects: [
        '企业不再看到这项政策，附件链接立即失效。',
        '此前收到过推送的人会收到撤回通知和下面的原因；还没有发出的推送不再发出。',
        '不能恢复；要再发布须起草新版并重新审核。',
      ],
      label: '撤回',
      isDangerous: true,
      reason: 'required',
      reasonLabel: '撤回的原因（会告知企业）',
      reasonLimit: 500,
      perform: (reason) => ask(api.POST('/api/staff/v1/policies/{policy_id}/withdraw', { params: params(), body: { reason } })),
    })
    if (isDone) tell('已撤回，正在告知收到过的人。')
    await renewed()
  }

  async function publish(at: string | null): Promise<boolean> {
    const open = openVersion(policy())
    const live = liveVersion(policy())
    const isDone = await confirmAct({
      title: at ? `定时发布第 ${open?.edition ?? ''} 版` : `发布第 ${open?.edition ?? ''} 版`,
      effects: [
        at ? `审核通过，${moment(at)} 自动发布；在此之前可以取消。` : '审核通过，企业即可看到（新版尚未到生效日的，在生效之日发布）。',
        ...(live ? [`现在发布中的第 ${live.edition} 版由此失效，未发出的推送不再发出。`] : []),
        '可能符合的企业的法定代表人和管理员会收到通知；人数较多的，须另一人放行后才发送。',
        '发布后不能修改，只能撤回或以新版替代。',
      ],
      label: at ? '审核通过，定时发布' : '审核通过，发布',
      perform: () => ask(api.POST('/api/staff/v1/policies/{policy_id}/publish', { params: params(), body: { at } })),
    })
    if (isDone) tell(at ? '已安排定时发布。' : '已审核发布。')
    await renewed()
    return isDone
  }

  async function resume(): Promise<void> {
    const isDone = await confirmAct({
      title: '恢复推送',
      effects: ['暂停期间新符合的企业会收到通知。', '精准度从此刻起重新计算。'],
      label: '恢复推送',
      reason: 'required',
      reasonLabel: '核对过什么、为什么可以恢复',
      perform: (reason) =>
        ask(api.POST('/api/staff/v1/policies/{policy_id}/resume-pushes', { params: { path: { policy_id: policy().id } }, body: { reason } })),
    })
    if (isDone) tell('已恢复推送。')
    await Promise.all([renewed(), queries.invalidateQueries({ queryKey: ['policy-precision'] })])
  }

  return { submit, unschedule, withdraw, publish, resume }
}
