import { describe, expect, it, vi } from 'vitest'

import { Problem } from '@/api/problem'
import { isWritten, offers } from '@/cases/acts'
import { law, written } from '@/cases/acts/citations'
import { question } from '@/cases/questions'
import { type Case, sending } from '@/cases/useCase'
import { choicesOf, type Category, groups } from '@/cases/useCategories'

const acts = (may: string[]): { main: string[]; more: string[]; primary: string | undefined } => {
  const { main, more } = offers(may)
  return { main: main.map(({ act }) => act), more: more.map(({ act }) => act), primary: main.find(({ isPrimary }) => isPrimary)?.act }
}

describe('what is offered', () => {
  it('is what the API allows and nothing else', () => {
    expect(acts([])).toEqual({ main: [], more: [], primary: undefined })
    expect(acts(['note', 'what is not known'])).toEqual({ main: ['note'], more: [], primary: undefined })
  })

  it('puts first what usually comes next', () => {
    expect(acts(['note', 'accept', 'reply']).primary).toBe('accept')
    expect(acts(['assign', 'answer', 'note']).primary).toBe('answer')
    expect(acts(['assign', 'note']).primary).toBe('assign')
  })

  it('lets a call in vain be noted where a call back is due', () => {
    expect(acts(['call_back']).main).toEqual(['call_back', 'call_tried'])
  })

  it('offers several steps at once to whoever works on it', () => {
    expect(acts(['promise']).more).toEqual(['macro', 'promise'])
    expect(acts(['note', 'reply']).more).toEqual([])
  })

  it('asks in a dialog for what is not written', () => {
    expect(isWritten('answer')).toBe(true)
    expect(isWritten('accept')).toBe(false)
  })
})

describe('a question', () => {
  it('says that it cannot be undone to end a case, and wants a reason', () => {
    const asked = question('close', {} as Case, (send) => send({ path: { case_id: '' }, header: { 'If-Match': '' } }))
    expect(asked).toMatchObject({ isDangerous: true, reason: 'required' })
    expect(asked.effects.join()).toContain('不能恢复')
  })
})

describe('sending', () => {
  const refusal = (status: number): Problem => new Problem(status, { code: 'x', title: 'x', detail: '刚有新的办理动作' })

  it('names the version that was read, not one that came by itself', async () => {
    let one = { id: 'c', version: 1 } as Case
    const send = sending(() => one, () => Promise.resolve())
    one = { id: 'c', version: 2 } as Case
    expect(await send((at) => Promise.resolve(at.header['If-Match']))).toBe('"1"')
  })

  it.each([403, 404, 409, 412])('renews after %i and goes by what stands there then', async (status) => {
    let one = { id: 'c', version: 1 } as Case
    const renew = vi.fn(() => Promise.resolve((one = { id: 'c', version: 5 } as Case)))
    const send = sending(() => one, renew)
    await expect(send(() => Promise.reject(refusal(status)))).rejects.toThrow('刚有新的办理动作')
    expect(renew).toHaveBeenCalledOnce()
    expect(await send((at) => Promise.resolve(at.header['If-Match']))).toBe('"5"')
  })

  it('renews nothing for a field that is wrong', async () => {
    const renew = vi.fn(() => Promise.resolve())
    const send = sending(() => ({ id: 'c', version: 1 }) as Case, renew)
    await expect(send(() => Promise.reject(refusal(422)))).rejects.toThrow()
    expect(renew).not.toHaveBeenCalled()
  })
})

describe('citations and categories', () => {
  it('sends only what says something', () => {
    expect(written([law(), { ...law(), words: ' 条例第一条 ' }])).toEqual([{ ...law(), words: '条例第一条' }])
  })

  it('offers open leaves below open groups', () => {
    const category = (key: string, parent: string | null, closed: string | null = null): Category =>
      ({ key, parent, title: key, closed_at: closed }) as Category
    const told = groups([category('a', null), category('a1', 'a'), category('a2', 'a', '2026-01-01'), category('b', null), category('c', null, '2026-01-01'), category('c1', 'c')])
    expect(told.map(({ key, leaves }) => [key, leaves.map((one) => one.key)])).toEqual([['a', ['a1']]])
    expect(choicesOf(told)).toEqual([['a', 'a（全部）'], ['a1', 'a1']])
  })
})
