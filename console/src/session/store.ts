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

/** Why somebody who was signed in sees the sign-in page. */
export type Ending = 'ended' | 'signed_out' | null

export const useSession = defineStore('session', () => {
  const me = shallowRef<Me | null>(null)
  const ending = ref<Ending>(null)
  const permissions = computed<ReadonlySet<string>>(() => new Set(me.value?.permissions))
  const isIn = computed(() => me.value !== null)
  const mustChangePassword = computed(() => me.value?.must_change_password ?? false)

  const can = (needed?: string | readonly string[]): boolean => mayOpen(permissions.value, needed)

  async function signIn(given: Credentials): Promise<void> {
    const opened = await ask(api.POST('/api/staff/v1/sessions', { body: given }))
    csrf.set(opened.csrf_token)
    ending.value = null
    await refresh()
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
    leave('signed_out')
  }

  function leave(why: Ending): void {
    csrf.forget()
    me.value = null
    ending.value = why
  }

  return { me, ending, permissions, isIn, mustChangePassword, can, signIn, refresh, resume, ends, signOut, leave }
})
