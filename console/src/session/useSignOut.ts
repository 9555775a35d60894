/** Signing out, from wherever it is offered: asks for what is not saved, and says so where the server does not hear of it. */

import { useRouter } from 'vue-router'

import { asProblem } from '@/api/problem'
import { confirmAct } from '@/components/confirm'
import { hasUnsaved, LEAVING } from '@/components/form'
import { warn } from '@/components/tell'

import { useSession } from './store'

export function useSignOut(): () => Promise<void> {
  const session = useSession()
  const router = useRouter()

  async function end(): Promise<void> {
    if (hasUnsaved()) {
      await confirmAct({ ...LEAVING, label: '放弃并退出', perform: () => session.signOut() })
      return
    }
    try {
      await session.signOut()
    } catch (error) {
      warn(`没有退出：${asProblem(error).message}`)
    }
  }

  return async () => {
    await end()
    if (!session.isIn) await router.push({ name: 'sign-in' })
  }
}
