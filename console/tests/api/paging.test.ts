import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { createApp } from 'vue'
import { describe, expect, it, vi } from 'vitest'

import { type Keyset, told, useKeyset } from '@/api/paging'
import { Problem } from '@/api/problem'

describe('the number of a list', () => {
  it('is exact once everything is there', () => {
    expect(told(0, false)).toBe('共 0 条')
    expect(told(37, false)).toBe('共 37 条')
  })

  it('is not made up while there is more', () => {
    expect(told(30, true)).toBe('已显示 30 条，还有更多')
  })

  it('is the server’s where it tells one', () => {
    expect(told(30, true, { count: 412 })).toBe('共 412 条，已显示 30 条')
    expect(told(30, true, { count: 1000, count_is_at_least: true })).toBe('至少 1,000 条，已显示 30 条')
  })
})

describe('after a failure', () => {
  const failure = new Problem(500, { code: 'internal', title: '', detail: '' })

  function listed(fetch: (cursor?: string) => Promise<{ items: string[]; next: string | null }>): [Keyset<string>, QueryClient] {
    const client = new QueryClient({ defaultOptions: { queries: { retry: false } } })
    let list: Keyset<string> | undefined
    const page = { setup: () => ((list = useKeyset(['things'], ({ cursor }) => fetch(cursor))), () => null) }
    createApp(page).use(VueQueryPlugin, { queryClient: client }).mount(document.createElement('div'))
    return [list as Keyset<string>, client]
  }

  it('of reading anew, what stands there is read anew and not just called right', async () => {
    const fetch = vi.fn(() => Promise.resolve({ items: ['old'], next: null }))
    const [list, client] = listed(fetch)
    await vi.waitFor(() => expect(list.items.value).toEqual(['old']))
    fetch.mockRejectedValueOnce(failure)
    await client.invalidateQueries()
    expect(list.problem.value).toBe(failure)
    fetch.mockResolvedValue({ items: ['new'], next: null })
    await list.retry()
    expect([list.items.value, list.problem.value]).toEqual([['new'], null])
  })

  it('of the next page, only that is asked for again', async () => {
    const fetch = vi.fn((cursor?: string) => Promise.resolve(cursor ? { items: ['b'], next: null } : { items: ['a'], next: 'on' }))
    const [list] = listed(fetch)
    await vi.waitFor(() => expect(list.hasMore.value).toBe(true))
    fetch.mockRejectedValueOnce(failure)
    await list.loadMore()
    await list.retry()
    expect(list.items.value).toEqual(['a', 'b'])
    expect(fetch.mock.calls).toEqual([[undefined], ['on'], ['on']])
  })
})
