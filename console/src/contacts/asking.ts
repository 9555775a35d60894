/** Asks for a second signature: one more contact with an enterprise than a year allows. */

import { api, ask } from '@/api/client'
import { useWords } from '@/api/words'
import { confirmAct } from '@/components/confirm'
import { tell } from '@/components/tell'

import { type Side, useRenewal } from './useContacts'

const LIMIT = 500

export interface Wanted {
  enterprise_id: string
  enterprise: string
  side: Side
  year: number
}

export function useAsking(): (wanted: Wanted) => Promise<boolean> {
  const renew = useRenewal()
  const { word } = useWords()
  return async ({ enterprise, ...wanted }) => {
    const isDone = await confirmAct({
      title: `申请超出上限：${enterprise}`,
      label: '提交申请',
      effects: [
        `${wanted.year} 年对这家企业的${word('contact_side', wanted.side)}次数已到上限，再去一次须写明理由并由另一人签字。`,
        '签字的人不能是您本人或您的下属；签字后在有效期内使用一次。',
      ],
      reason: 'required',
      reasonLabel: '为什么必须再去一次',
      reasonLimit: LIMIT,
      perform: (reason, headers) => ask(api.POST('/api/staff/v1/contact-approvals', { headers, body: { ...wanted, reason } })),
    })
    if (isDone) tell('已提交，签字的人会收到提醒。')
    await renew()
    return isDone
  }
}
