/** Signing out, from wherever it is offered. */

import { useRouter } from 'vue-router'

import { useSession } from './store'

export function useSignOut(): () => Promise<void> {
  const session = useSession()
  const router = useRouter()
  return async () => {
    await session.signOut()
    await router.push({ name: 'sign-in' })
  }
}
