/** What somebody's leaving does, told before it is done. */

import { api, ask } from '@/api/client'
import type { Act } from '@/components/confirm'

import type { Leaving } from './useStaff'

const KINDS = { case: '事项', problem: '清单问题', policy: '政策', broadcast: '群发', survey: '需求调查' } as const
const TOLD = 8

type Word = (group: string, code: string) => string

export function leavingQuestion(staffId: string, told: Leaving, word: Word): Act {
  const work = told.work.slice(0, TOLD).map(
    (one) => `未办结：${KINDS[one.kind]}“${one.title}”（${word(`${one.kind}_state`, one.state)}）`,
  )
  const more = told.work.length > TOLD ? [`另有 ${told.work.length - TOLD} 项未办结的工作。`] : []
  return {
    title: `办理${told.name}离岗`,
    effects: [told.say, ...work, ...more, '他办过的事项和审计记录都保留。不能撤回：回来工作的须新建账号。'],
    label: '办理离岗',
    isDangerous: true,
    perform: () => ask(api.POST('/api/staff/v1/staff/{staff_id}/leave', { params: { path: { staff_id: staffId } } })),
  }
}
