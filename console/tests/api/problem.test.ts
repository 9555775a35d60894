import { describe, expect, it } from 'vitest'

import { asProblem, isAbort, Problem, problemOf } from '@/api/problem'

const TOLD = {
  type: '/problems/staff.password_weak',
  title: '填写有误',
  status: 400,
  code: 'staff.password_weak',
  detail: '密码至少 10 个字符。',
  request_id: 'r1',
  fields: [{ path: 'new_password', code: 'staff.password_weak', sentence: '密码至少 10 个字符。' }],
}

describe('a refusal', () => {
  it('keeps what the API told', async () => {
    const problem = await problemOf(new Response(JSON.stringify(TOLD), { status: 400 }))
    expect(problem).toMatchObject({ status: 400, code: TOLD.code, message: TOLD.detail, requestId: 'r1' })
    expect(problem.fields).toEqual(TOLD.fields)
  })

  it('is told in plain words when the answer is none of ours', async () => {
    const problem = await problemOf(new Response('<h1>Bad Gateway</h1>', { status: 502 }))
    expect(problem).toMatchObject({ status: 502, code: 'unreadable' })
  })

  it('of an older version or a state that is gone is a conflict', () => {
    const told = { code: 'x', title: '', detail: '' }
    expect([409, 412, 400, 404].filter((status) => new Problem(status, told).isConflict)).toEqual([409, 412])
  })
})

describe('what is thrown elsewhere', () => {
  it('is the network when fetch says so', () => {
    expect(asProblem(new TypeError('Failed to fetch')).code).toBe('unreachable')
  })

  it('stays a problem when it is one', () => {
    const problem = new Problem(403, { code: 'forbidden', title: '没有权限', detail: '…' })
    expect(asProblem(problem)).toBe(problem)
  })

  it('is no failure when its page gave it up', () => {
    expect(isAbort(new DOMException('', 'AbortError'))).toBe(true)
    expect(isAbort(new TypeError())).toBe(false)
  })
})
