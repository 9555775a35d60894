/** Who is signed in, what he may do, and until when. */

import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

import { api, ask, csrf, type Got, UNATTENDED } from '@/api/client'
import { mayOpen } from '@/pages'

export type Me = Got<'/api/staff/v1/me'>
export type SessionEnds = Got<'/api/staff/v1/sessions/current'>

export interface Credentials {
  login: string
  password: string
  code: string
}


export const useSession = defineStore('session', () => {
  const me = shallowRef<Me | null>(null)
  /** Signed out by himself, and told so. */
  const hasLeft = ref(false)
  /** The session ended under the work: it waits, hidden, until its owner has signed in again. */
  const isLapsed = ref(false)
  const permissions = computed<ReadonlySet<string>>(() => new Set(me.value?.permissions))
  const isIn = computed(() => me.value !== null)
  const mustChangePassword = computed(() => me.value?.must_change_password ?? false)

  const can = (needed?: string | readonly string[]): boolean => mayOpen(permissions.value, needed)

  async function signIn(given: Credentials): Promise<void> {
    const opened = await ask(api.POST('/api/staff/v1/sessions', { body: given }))
    csrf.set(opened.csrf_token)
    await refresh()
    hasLeft.value = false
    isLapsed.value = false
  }

  /** Read again who is signed in; grants change while somebody works. */
  async function refresh(): Promise<void> {
    me.value = await ask(api.GET('/api/staff/v1/me'))
  }

  /** Take up the session that this browser still has; a session without its token could only read. */
  async function resume(): Promise<boolean> {
    if (!csrf.get()) return false
    try {
      await refresh()
    } catch {
      return false
    }
    return true
  }

  /** How long the session still lasts; looking does not make it longer, `isUse` does. */
  function ends(isUse = false): Promise<SessionEnds> {
    return ask(api.GET('/api/staff/v1/sessions/current', isUse ? {} : { headers: UNATTENDED }))
  }

  async function signOut(): Promise<void> {
    await ask(api.DELETE('/api/staff/v1/sessions/current'))
    csrf.forget()
    me.value = null
    hasLeft.value = true
  }

  function lapse(): void {
    if (!me.value) return
    csrf.forget()
    isLapsed.value = true
  }

  return { me, hasLeft, isLapsed, permissions, isIn, mustChangePassword, can, signIn, refresh, resume, ends, signOut, lapse }
})
