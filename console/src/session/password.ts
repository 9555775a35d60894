/** The change of one's own password, as the first sign-in and the profile both need it. */

import { api, ask } from '@/api/client'
import { type Form, useForm } from '@/components/form'
import { byDoor } from '@/door'

interface Wanted {
  current_password: string
  new_password: string
  again: string
}

export const RULE = '至少 10 个字符，含大写字母、小写字母、数字、符号中的三类，且不能与最近 5 次相同。'

export function usePasswordForm(guard: boolean): Form<Wanted> {
  return useForm<Wanted>({
    initial: { current_password: '', new_password: '', again: '' },
    fields: ['current_password', 'new_password', 'again'],
    guard,
    check: (given) => ({
      current_password: given.current_password ? undefined : '请填写现在的密码。',
      new_password: given.new_password ? undefined : '请填写新密码。',
      again: given.again === given.new_password ? undefined : '两次填写的新密码不一致。',
    }),
    send: ({ current_password, new_password }) =>
      ask(api.POST(byDoor({ staff: '/api/staff/v1/password', bank: '/api/partner/v1/password' }), { body: { current_password, new_password } })),
  })
}
