import { createApp, defineComponent, h, nextTick } from 'vue'
import { createMemoryHistory, createRouter, type Router, RouterView } from 'vue-router'
import { describe, expect, it } from 'vitest'

import { chosen, useFilters } from '@/api/filters'

const DEFAULTS = { state: 'open', unread: false, tags: [] as string[], page: 0 }
type Given = ReturnType<typeof useFilters<typeof DEFAULTS>>

async function opened(address: string): Promise<{ router: Router; given: Given }> {
  let given: Given | undefined
  const Page = defineComponent({
    setup() {
      given = useFilters(DEFAULTS)
      return () => h('p')
    },
  })
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/list', name: 'list', component: Page }] })
  await router.push(address)
  createApp({ render: () => h(RouterView) }).use(router).mount(document.createElement('div'))
  if (!given) throw new Error('not drawn')
  return { router, given }
}

async function turned(): Promise<void> {
  await nextTick()
  await new Promise((resolve) => setTimeout(resolve))
}

describe('filters', () => {
  it('are read from the address, and what is no number is none', async () => {
    const { given } = await opened('/list?state=done&unread=1&tags=a&tags=b&page=x')
    expect(given.filters).toEqual({ state: 'done', unread: true, tags: ['a', 'b'], page: 0 })
    expect(given.active.value).toBe(3)
  })

  it('are written into the address, without those that say nothing', async () => {
    const { router, given } = await opened('/list?other=stays')
    given.filters.unread = true
    given.filters.tags = ['a']
    await turned()
    expect(router.currentRoute.value.query).toEqual({ other: 'stays', unread: '1', tags: ['a'] })
    given.clear()
    await turned()
    expect(router.currentRoute.value.query).toEqual({ other: 'stays' })
    expect(given.active.value).toBe(0)
  })

  it('follow the way back', async () => {
    const { router, given } = await opened('/list?state=done')
    await router.push('/list?state=open&unread=1')
    await turned()
    expect(given.filters).toMatchObject({ state: 'open', unread: true })
  })

  it('go to the API without what was not chosen', () => {
    expect(chosen({ state: '', unread: false, tags: [], page: 0, text: '张' })).toEqual({ page: 0, text: '张' })
  })
})
