import { VueQueryPlugin } from '@tanstack/vue-query'
import { createApp, h } from 'vue'
import { beforeEach, expect, it, vi } from 'vitest'

import { queries } from '@/api/queries'
import StateWord from '@/components/StateWord.vue'

beforeEach(() => queries.clear())

function shown(code: string): HTMLElement {
  const place = document.createElement('div')
  const app = createApp({ render: () => h(StateWord, { group: 'policy_state', code, tones: { draft: 'wait' } }) })
  app.use(VueQueryPlugin, { queryClient: queries }).mount(place)
  return place
}

it('a code is never seen where the API has a word for it, not even before it told it', async () => {
  const told = { words: { policy_state: { draft: '草稿' } } }
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify(told))))
  const [known, unknown] = [shown('draft'), shown('new_one')]
  expect([known.textContent, unknown.textContent]).toEqual(['…', '…'])
  await vi.waitFor(() => expect(known.textContent).toBe('草稿'))
  expect(known.firstElementChild?.classList).toContain('tone-wait')
  expect([unknown.textContent, unknown.firstElementChild?.className]).toEqual(['new_one', 'tag tone-info'])
})
