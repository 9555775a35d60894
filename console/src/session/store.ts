/** Who is signed in, what he may do, and until when. */

import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

import { api, ask, csrf, type Got, UNATTENDED } from '@/api/client'
import { asProblem, Problem } from '@/api/problem'
import { queries } from '@/api/queries'
import { byDoor } from '@/door'
import { mayOpen } from '@/pages'

export type Me = Got<'/api/staff/v1/me'>
export type SessionEnds = Got<'/api/staff/v1/sessions/current'>

const ACCOUNT = byDoor({ staff: '/api/staff/v1/me', bank: '/api/partner/v1/account' } as const)
const CURRENT = byDoor({ staff: '/api/staff/v1/sessions/current', bank: '/api/partner/v1/sessions/current' } as const)

export interface Credentials {
  login: string
  password: string
  code: string
}

/** Signed out in another tab, its time over, or only that the API knows it no more. */
export type Lapse = 'tab' | 'time' | 'unknown'

export const useSession = defineStore('session', () => {
  const me = shallowRef<Me | null>(null)
  /** Signed out by himself, and told so. */
  const hasLeft = ref(false)
  /** The session ended under the work: it waits, hidden, until its owner has signed in again. */
  const isLapsed = ref(false)
  /** What is known of why it ended. */
  const lapsedBy = ref<Lapse>('unknown')
  /** Why nobody can say whether this browser still has a session. */
  const outage = shallowRef<Problem | null>(null)
  const permissions = computed<ReadonlySet<string>>(() => new Set(me.value?.permissions))
  const isIn = computed(() => me.value !== null)
  const mustChangePassword = computed(() => me.value?.must_change_password ?? false)

  const can = (needed?: string | readonly string[]): boolean => mayOpen(permissions.value, needed)

  async function signIn(given: Credentials): Promise<void> {
    const opened = await ask(api.POST(byDoor({ staff: '/api/staff/v1/sessions', bank: '/api/partner/v1/sessions' }), { body: given }))
    csrf.set(opened.csrf_token)
    await comeBack()
    hasLeft.value = false
  }

  /** Go on after a session ended or another tab began one: the same person with fresh data, another one with none of it. */
  async function comeBack(): Promise<void> {
    const before = me.value?.id
    await refresh()
    isLapsed.value = false
    if (before !== undefined && before === me.value?.id) await queries.invalidateQueries()
  }

  /** Read again who is signed in; grants change while somebody works. What another person was told is not his to see. */
  async function refresh(): Promise<void> {
    const told = await ask(api.GET(ACCOUNT))
    if (told.id !== me.value?.id) queries.clear()
    me.value = told
  }

  /**
   * Take up the session that this browser still has; a session without its token could only read. Answers whether it is
   * known who works here, be it nobody: a server that can't be reached has not signed anybody out.
   */
  async function resume(): Promise<boolean> {
    outage.value = null
    if (!csrf.get()) return true
    try {
      await refresh()
    } catch (error) {
      const problem = asProblem(error)
      if (problem.status !== 401) outage.value = problem
    }
    return outage.value === null
  }

  /** How long the session still lasts; looking does not make it longer, `isUse` does. */
  function ends(isUse = false): Promise<SessionEnds> {
    return ask(api.GET(CURRENT, isUse ? {} : { headers: UNATTENDED }))
  }

  /** Nothing of what he saw stays in the tab. Throws while the server has not heard of it: the session would go on. */
  async function signOut(): Promise<void> {
    try {
      await ask(api.DELETE(CURRENT))
    } catch (error) {
      // a session that has ended already needs no ending
      if (!(error instanceof Problem) || error.status !== 401) throw error
    }
    csrf.forget()
    isLapsed.value = false
    me.value = null
    queries.clear()
    hasLeft.value = true
  }

  /** What is known for sure stands, whichever is told first. */
  function lapse(by: Lapse = 'unknown'): void {
    if (!me.value) return
    if (!isLapsed.value || by !== 'unknown') lapsedBy.value = by
    isLapsed.value = true
  }

  /** Tabs share one session: this one follows when another signs out, in again, or in as somebody else. */
  async function follow(token: string | null): Promise<void> {
    if (!me.value) return
    if (token === null) return lapse('tab')
    try {
      await comeBack()
    } catch {
      lapse() // who works here now is not known: he shall say it
    }
  }

  return { me, hasLeft, isLapsed, lapsedBy, outage, permissions, isIn, mustChangePassword, can, signIn, refresh, resume, ends, signOut, lapse, follow }
})
