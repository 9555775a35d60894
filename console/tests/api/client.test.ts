import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { api, ask, csrf, ifMatch, intention, UNATTENDED, watch } from '@/api/client'
import { Problem } from '@/api/problem'

const seen: Request[] = []
let answer = new Response('{}')
const lost = vi.fn()
const used = vi.fn()

beforeEach(() => {
  watch({ lost, used })
  csrf.set('token')
  vi.stubGlobal('fetch', (request: Request) => {
    seen.push(request)
    return Promise.resolve(answer)
  })
})

afterEach(() => {
  seen.length = 0
  vi.clearAllMocks()
  vi.unstubAllGlobals()
})

function refusal(status: number, code: string): Response {
  return new Response(JSON.stringify({ code, title: '', detail: '' }), { status })
}

describe('a call', () => {
  it('carries the CSRF token where it changes something, and only there', async () => {
    answer = new Response('{"read": 1}', { headers: { 'Content-Type': 'application/json' } })
    await ask(api.POST('/api/staff/v1/notices/read', { body: { ids: ['x'] } }))
    answer = new Response('{}')
    await ask(api.GET('/api/staff/v1/me'))
    expect(seen.map((request) => request.headers.get('X-CSRF-Token'))).toEqual(['token', null])
  })

  it('is a use of the session, unless the console made it by itself', async () => {
    answer = new Response('{}')
    await ask(api.GET('/api/staff/v1/me', { headers: UNATTENDED }))
    expect(used).not.toHaveBeenCalled()
    answer = new Response('{}')
    await ask(api.GET('/api/staff/v1/me'))
    expect(used).toHaveBeenCalledOnce()
  })

  it('throws what the API refused', async () => {
    answer = refusal(409, 'conflict')
    await expect(ask(api.GET('/api/staff/v1/me'))).rejects.toMatchObject({ status: 409, code: 'conflict' })
    expect(lost).not.toHaveBeenCalled()
  })

  it('tells when the session has ended, but not for a password that was wrong', async () => {
    answer = refusal(401, 'staff.session_ended')
    await expect(ask(api.GET('/api/staff/v1/me'))).rejects.toBeInstanceOf(Problem)
    expect(lost).toHaveBeenCalledOnce()
    answer = refusal(401, 'staff.sign_in_failed')
    const body = { login: 'a', password: 'b', code: 'c' }
    await expect(ask(api.POST('/api/staff/v1/sessions', { body }))).rejects.toBeInstanceOf(Problem)
    answer = refusal(401, 'staff.sign_in_failed')
    const passwords = { current_password: 'wrong', new_password: 'b' }
    await expect(ask(api.POST('/api/staff/v1/password', { body: passwords }))).rejects.toBeInstanceOf(Problem)
    expect(lost).toHaveBeenCalledOnce()
  })
})

describe('headers', () => {
  it('name a version as the API wants it', () => {
    expect(ifMatch(3)).toEqual({ 'If-Match': '"3"' })
  })

  it('give every intention a key of its own, which its repetitions share', () => {
    const [one, other] = [intention(), intention()]
    const first = one({ title: '甲' })
    expect(one({ title: '甲' })).toEqual(first)
    expect(other({ title: '甲' })).not.toEqual(first)
  })

  it('give other content another key, for the API ties a key to what was sent', () => {
    const one = intention()
    expect(one({ title: '甲' })).not.toEqual(one({ title: '乙' }))
  })
})
