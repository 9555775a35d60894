/** The one way to the API. `ask(api.GET(path, …))` gives the answer or throws a Problem. */

import createClient, { type Middleware } from 'openapi-fetch'

import { byDoor } from '@/door'

import { asProblem, isAbort, type Problem, problemOf } from './problem'
import type { components, paths } from './schema'

export type Schemas = components['schemas']

type Json<T> = T extends { content: { 'application/json': infer Body } } ? Body : never
type Success<Responses> = Responses extends { 200: infer Ok } ? Ok : Responses extends { 201: infer Made } ? Made : never

/** What a GET of a path answers, whatever its schema is called: `Got<'/api/staff/v1/me'>`. */
export type Got<Path extends keyof paths> = paths[Path] extends { get: { responses: infer Responses } }
  ? Json<Success<Responses>>
  : never

/** What a POST that makes something answers: names of schemas change when two are alike, paths do not. */
export type Made<Path extends keyof paths> = paths[Path] extends { post: { responses: infer Responses } } ? Json<Success<Responses>> : never

/** One entry of a list: `ItemOf<'/api/staff/v1/notices'>`. */
export type ItemOf<Path extends keyof paths> = Got<Path> extends { items: readonly (infer Item)[] } ? Item : never

/** All tabs share the session's cookie, so they share the token that goes with it; a bank's desk has its own. */
const CSRF_KEY = byDoor({ staff: 'wuwei.csrf', bank: 'wuwei.csrf.bank' })

export const csrf = {
  get: (): string | null => localStorage.getItem(CSRF_KEY),
  set: (token: string): void => localStorage.setItem(CSRF_KEY, token),
  forget: (): void => localStorage.removeItem(CSRF_KEY),
  /** Calls back when another tab signed in or out; null says out. */
  onOtherTab: (told: (token: string | null) => void): void =>
    addEventListener('storage', ({ key, newValue }) => {
      if (key === CSRF_KEY || key === null) told(key === null ? null : newValue)
    }),
}

/** What the console asks for by itself must not keep a session alive. */
export const UNATTENDED = { 'X-Unattended': '1' } as const

interface Watchers {
  lost: () => void
  used: () => void
}

const watchers: Watchers = { lost: () => undefined, used: () => undefined }

/** `lost` is told when the session has ended, `used` whenever a request of the user's own was answered. */
export function watch(given: Watchers): void {
  Object.assign(watchers, given)
}

/** Nobody is signed in any more; a wrong password, told by 401 too, says nothing of the session. */
export function isSessionEnd(problem: Problem): boolean {
  return problem.status === 401 && problem.code !== 'staff.sign_in_failed'
}

/** What every answer says about the session, however it was asked for; throws the API's refusal. */
export async function judged(response: Response, isUnattended = false): Promise<Response> {
  if (response.ok || response.status === 304) {
    if (!isUnattended) watchers.used()
    return response
  }
  const problem = await problemOf(response)
  if (isSessionEnd(problem)) watchers.lost()
  // Another tab signed out and in again meanwhile, or this browser's storage was emptied.
  if (problem.code === 'staff.csrf_mismatch' && !csrf.get()) watchers.lost()
  throw problem
}

const guard: Middleware = {
  onRequest({ request }) {
    const token = csrf.get()
    if (request.method !== 'GET' && token) request.headers.set('X-CSRF-Token', token)
    return request
  },
  async onResponse({ request, response }) {
    return judged(response, request.headers.has('X-Unattended'))
  },
  onError({ error }) {
    if (isAbort(error)) throw error
    throw asProblem(error)
  },
}

export const api = createClient<paths>({
  baseUrl: location.origin,
  credentials: 'same-origin',
  fetch: (request) => globalThis.fetch(request),
})
api.use(guard)

export async function ask<T>(answer: Promise<{ data?: T }>): Promise<T> {
  const { data } = await answer
  return data as T
}

/** The header of an edit: it applies only to the version that was read. */
export function ifMatch(version: number): { 'If-Match': string } {
  return { 'If-Match': `"${version}"` }
}

/** The header that lets a command be sent again, after an answer that was lost, without a second effect. */
export type Once = Readonly<Record<'Idempotency-Key', string>>

/** One intended act, however often it is tried: the key stays while the content does, for the API ties it to that. */
export function intention(): (content: unknown) => Once {
  let key: Once | null = null
  let sent = ''
  return (content) => {
    const told = JSON.stringify(content)
    if (key === null || told !== sent) key = { 'Idempotency-Key': crypto.randomUUID() }
    sent = told
    return key
  }
}
