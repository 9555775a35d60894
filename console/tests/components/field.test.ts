import { createApp, h, nextTick, reactive } from 'vue'
import { expect, it, vi } from 'vitest'

import FormField from '@/components/FormField.vue'

it('a field is told with its hint and its error to whoever hears it', async () => {
  const place = document.body.appendChild(document.createElement('div'))
  const told = reactive({ error: '' })
  createApp({ render: () => h(FormField, { label: '标题', hint: '一句话', error: told.error }, () => h('input')) }).mount(place)
  const input = place.querySelector('input')
  const heard = (): string[] =>
    (input?.getAttribute('aria-describedby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent ?? 'nowhere')
  await nextTick()
  expect([heard(), input?.getAttribute('aria-invalid')]).toEqual([['一句话'], null])
  told.error = '请填写标题。'
  await vi.waitFor(() => expect(heard()).toEqual(['请填写标题。', '一句话']))
  expect(input?.getAttribute('aria-invalid')).toBe('true')
})
