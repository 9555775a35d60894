import { createApp, defineComponent, h, nextTick, ref } from 'vue'
import { expect, it, vi } from 'vitest'

import { known, useActs } from '@/components/acts'
import { asked } from '@/components/confirm'

const QUESTION = { title: '受理', effects: ['企业会收到通知。'], label: '受理', perform: () => Promise.resolve(), done: '已受理。' }
const id = ref('1')
const focus = vi.fn()

function made(renew: () => Promise<void>): ReturnType<typeof useActs<'offer', 'accept'>> {
  let acts: ReturnType<typeof useActs<'offer', 'accept'>> | undefined
  const Bar = defineComponent({
    setup(_, { expose }) {
      expose({ focus })
      return () => h('p')
    },
  })
  const Page = defineComponent({
    setup() {
      acts = useActs({ id, isWritten: (act): act is 'offer' => act === 'offer', question: () => QUESTION, renew })
      return () => h(Bar, { ref: 'bar' })
    },
  })
  createApp(Page).mount(document.createElement('div'))
  if (!acts) throw new Error('not drawn')
  return acts
}

it('opens the form of a written act, gives the buttons the focus back, and begins another thing with none', async () => {
  const { writing, begin, close } = made(() => Promise.resolve())
  await begin('offer')
  expect(writing.value).toBe('offer')
  await close()
  expect(writing.value).toBeNull()
  expect(focus).toHaveBeenCalledOnce()
  await begin('offer')
  id.value = '2'
  await nextTick()
  expect(writing.value).toBeNull()
})

it('asks before any other act, and renews the page when it was done', async () => {
  const renew = vi.fn(() => Promise.resolve())
  const { writing, begin } = made(renew)
  const refused = begin('accept')
  await vi.waitFor(() => expect(asked.value?.title).toBe('受理'))
  asked.value?.settle(false)
  await refused
  expect(renew).not.toHaveBeenCalled()
  const done = begin('accept')
  await vi.waitFor(() => expect(asked.value).not.toBeNull())
  asked.value?.settle(true)
  await done
  expect(renew).toHaveBeenCalledOnce()
  expect(writing.value).toBeNull()
})

it('keeps what was read', () => {
  const one = ref<{ name: string } | undefined>()
  expect(() => known(one)()).toThrow()
  one.value = { name: '甲' }
  expect(known(one)().name).toBe('甲')
})
