import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import { csrf, watch } from '@/api/client'
import { queries } from '@/api/queries'
import { useSession } from '@/session/store'

type Answer = (path: string, method: string) => Response
const json = (body: object, status = 200): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
const refusal = (status: number): Response => json({ code: 'refused', title: '', detail: '' }, status)
const person = (id: string): object => ({ id, name: id, permissions: [], grants: [] })

function answering(answer: Answer): void {
  vi.stubGlobal('fetch', (request: Request) => Promise.resolve(answer(new URL(request.url).pathname, request.method)))
}

async function signedIn(id: string): Promise<ReturnType<typeof useSession>> {
  setActivePinia(createPinia())
  const session = useSession()
  watch({ lost: () => session.lapse(), used: () => undefined })
  answering(() => json(person(id)))
  csrf.set('token')
  await session.resume()
  return session
}

const seen = (): unknown => queries.getQueryData(['enterprises'])

beforeEach(() => queries.clear())

describe('what one person saw in a tab', () => {
  it('is gone when he has signed out', async () => {
    const session = await signedIn('one')
    queries.setQueryData(['enterprises'], 'his')
    answering(() => new Response(null, { status: 204 }))
    await session.signOut()
    expect([session.isIn, csrf.get(), seen()]).toEqual([false, null, undefined])
  })

  it('is gone when another one signs in after his session ended, and still there for himself', async () => {
    for (const [next, left] of [['one', 'his'], ['other', undefined]] as const) {
      const session = await signedIn('one')
      queries.setQueryData(['enterprises'], 'his')
      session.lapse()
      answering((path) => json(path.endsWith('/sessions') ? { csrf_token: 'new' } : person(next)))
      await session.signIn({ login: next, password: '', code: '' })
      expect([session.isLapsed, session.me?.id, seen()]).toEqual([false, next, left])
    }
  })

  it('is gone when another one signs in in another tab', async () => {
    const session = await signedIn('one')
    queries.setQueryData(['enterprises'], 'his')
    answering(() => json(person('other')))
    await session.follow('new')
    expect([session.me?.id, seen()]).toEqual(['other', undefined])
  })
})

describe('a session that tabs share', () => {
  it('waits for its owner when another tab signed out, or when nobody can say whose it is', async () => {
    const session = await signedIn('one')
    await session.follow(null)
    expect(session.isLapsed).toBe(true)
    await session.follow('new')
    expect(session.isLapsed).toBe(false)
    answering(() => refusal(503))
    await session.follow('newer')
    expect(session.isLapsed).toBe(true)
  })
})

describe('a session that can not be asked for', () => {
  it('is neither taken up nor given up, until the server answers', async () => {
    for (const status of [500, 503, 429]) {
      const session = await signedIn('one')
      session.$patch({ me: null })
      answering(() => refusal(status))
      expect([await session.resume(), session.outage?.status, csrf.get()]).toEqual([false, status, 'token'])
      answering(() => json(person('one')))
      expect([await session.resume(), session.outage, session.isIn]).toEqual([true, null, true])
    }
  })

  it('is over when the server says so', async () => {
    const session = await signedIn('one')
    session.$patch({ me: null })
    answering(() => refusal(401))
    expect([await session.resume(), session.outage, session.isIn]).toEqual([true, null, false])
  })
})

describe('signing out', () => {
  it('is not claimed while the server has not heard of it', async () => {
    const session = await signedIn('one')
    answering(() => refusal(503))
    await expect(session.signOut()).rejects.toMatchObject({ status: 503 })
    expect(session.isIn).toBe(true)
  })

  it('of a session that has ended is done', async () => {
    const session = await signedIn('one')
    answering(() => refusal(401))
    await session.signOut()
    expect([session.isIn, session.isLapsed]).toEqual([false, false])
  })
})

describe('why a session ended', () => {
  it('is told by what is known for sure, whichever is heard first', async () => {
    const session = await signedIn('one')
    session.lapse()
    expect([session.isLapsed, session.lapsedBy]).toEqual([true, 'unknown'])
    await session.follow(null)
    session.lapse()
    expect(session.lapsedBy).toBe('tab')
  })
})
