import { createApp, defineComponent, h } from 'vue'
import { describe, expect, it, vi } from 'vitest'

import type { Once } from '@/api/client'
import { Problem } from '@/api/problem'
import { type Form, useForm } from '@/components/form'

interface Values {
  title: string
  facts: string[]
}

function made(send: (values: Values, once: Once) => Promise<unknown>): Form<Values> {
  let form: Form<Values> | undefined
  const Page = defineComponent({
    setup() {
      form = useForm<Values>({
        initial: { title: '', facts: [] },
        fields: ['title', 'facts'],
        guard: false,
        check: ({ title }) => ({ title: title ? undefined : '请填写标题。' }),
        send,
      })
      return () => h('p')
    },
  })
  createApp(Page).mount(document.createElement('div'))
  if (!form) throw new Error('not drawn')
  return form
}

function refusal(path: string): Problem {
  return new Problem(400, { code: 'invalid', title: '填写有误', detail: '请修改。', fields: [{ path, code: 'x', sentence: '太长。' }] })
}

describe('a form', () => {
  it('asks nobody while something is missing', async () => {
    const send = vi.fn()
    const form = made(send)
    expect(await form.submit()).toBe(false)
    expect(form.errorOf('title')).toBe('请填写标题。')
    expect(send).not.toHaveBeenCalled()
  })

  it('keeps what was typed and shows the server’s word in its place', async () => {
    document.body.innerHTML = '<div class="el-form-item is-error"><input></div>'
    const form = made(() => Promise.reject(refusal('facts.0.value')))
    form.values.title = '一'
    expect(await form.submit()).toBe(false)
    expect(form.values.title).toBe('一')
    expect(form.errorOf('facts')).toBe('太长。')
    expect(form.problem.value).toBeNull()
    expect(form.isDirty.value).toBe(true)
  })

  it('takes its word on a field back once something else stands there, and on no other', async () => {
    const form = made(() => Promise.reject(new Problem(400, { code: 'invalid', title: '', detail: '', fields: both })))
    const both = ['title', 'facts.0.value'].map((path) => ({ path, code: 'x', sentence: `${path}太长。` }))
    form.values.title = '一'
    form.values.facts = ['甲', '乙']
    await form.submit()
    form.values.facts[1] = '丙'
    expect([form.errorOf('title'), form.errorOf('facts')]).toEqual(['title太长。', 'facts.0.value太长。'])
    form.values.title = '二'
    expect([form.errorOf('title'), form.errorOf('facts')]).toEqual([undefined, 'facts.0.value太长。'])
    form.values.facts[0] = '丁'
    expect(form.errorOf('facts')).toBeUndefined()
    form.values.title = ''
    await form.submit()
    expect(form.errorOf('title')).toBe('请填写标题。')
    form.values.title = '三'
    expect(form.errorOf('title')).toBeUndefined()
  })

  it('says which text holds half of a sign, and sends nothing', async () => {
    const send = vi.fn()
    const form = made(send)
    Object.assign(form.values, { title: '小店 \u{1F600} \\ud83d', facts: ['好', '坏 \ud83d'] })
    expect(await form.submit()).toBe(false)
    expect([form.errorOf('title'), form.errorOf('facts.1')]).toEqual([undefined, expect.stringContaining('残缺的字符')])
    expect(send).not.toHaveBeenCalled()
  })

  it('tells above everything what stands on no field of the page, though one of that name was promised', async () => {
    document.body.replaceChildren()
    const form = made(() => Promise.reject(refusal('facts.0.value')))
    form.values.title = '一'
    await form.submit()
    expect(form.problem.value?.message).toBe('请修改。')
  })

  it('tells a word on a field it does not have above everything', async () => {
    const form = made(() => Promise.reject(refusal('other')))
    form.values.title = '一'
    await form.submit()
    expect(form.problem.value?.message).toBe('请修改。')
  })

  it('has nothing unsaved once it was sent', async () => {
    const form = made(() => Promise.resolve())
    form.values.title = '一'
    expect(await form.submit()).toBe(true)
    expect(form.isDirty.value).toBe(false)
  })

  it('that was given up in the question before it is as unsaved as before', async () => {
    const form = made(() => Promise.resolve(false))
    form.values.title = '一'
    expect([await form.submit(), form.isDirty.value, form.isBusy.value]).toEqual([false, true, false])
  })

  it('goes out once, however often the button is pressed', async () => {
    const send = vi.fn(() => Promise.resolve())
    const form = made(send)
    form.values.title = '一'
    await Promise.all([form.submit(), form.submit()])
    expect(send).toHaveBeenCalledOnce()
  })

  it('tries again under the key of the lost answer, and is another intention once it was done', async () => {
    const keys: string[] = []
    const answers = [Promise.reject(new Problem(0, { code: 'unreachable', title: '', detail: '' })), Promise.resolve(), Promise.resolve()]
    const form = made((_, once) => {
      keys.push(once['Idempotency-Key'])
      return answers[keys.length - 1] ?? Promise.resolve()
    })
    form.values.title = '一'
    for (let at = 0; at < 3; at += 1) await form.submit()
    expect(keys[1]).toBe(keys[0])
    expect(keys[2]).not.toBe(keys[0])
  })
})
