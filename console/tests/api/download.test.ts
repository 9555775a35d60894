import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { watch } from '@/api/client'
import { download } from '@/api/download'

const lost = vi.fn()
const saved: string[] = []

beforeEach(() => {
  watch({ lost, used: () => undefined })
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    saved.push(this.download)
  })
})
afterEach(() => {
  saved.length = 0
  lost.mockReset()
})

const answering = (answer: () => Promise<Response>): void => void vi.stubGlobal('fetch', answer)
const named = (disposition: string): Response => new Response('a,b', { headers: { 'Content-Disposition': disposition } })

describe('a file', () => {
  it.each([
    ['attachment; filename="report.csv"', 'report.csv'],
    ["attachment; filename=\"x.csv\"; filename*=UTF-8''%E9%94%99%E8%AF%AF.csv", '错误.csv'],
  ])('is saved under its name: %s', async (told, name) => {
    answering(() => Promise.resolve(named(told)))
    await download('/api/x')
    expect(saved).toEqual([name])
  })

  it('is never the refusal of one: a session that ended leads to the sign-in', async () => {
    answering(() => Promise.resolve(new Response('{"code":"unauthenticated","title":"","detail":"请重新登录。"}', { status: 401 })))
    await expect(download('/api/x')).rejects.toMatchObject({ status: 401, message: '请重新登录。' })
    expect(lost).toHaveBeenCalledOnce()
    expect(saved).toEqual([])
  })

  it('that no network brings is told', async () => {
    answering(() => Promise.reject(new TypeError('Failed to fetch')))
    await expect(download('/api/x')).rejects.toMatchObject({ code: 'unreachable' })
    expect(saved).toEqual([])
  })
})
