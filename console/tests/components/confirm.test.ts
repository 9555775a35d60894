import { describe, expect, it, vi } from 'vitest'

import { asked, confirmAct } from '@/components/confirm'
import { chooseBetween, clash, differing, saveOrAsk } from '@/components/conflict'
import { Problem } from '@/api/problem'

const ACT = { title: '暂停', effects: ['不再发送。'], label: '暂停', perform: () => Promise.resolve() }
const STALE = new Problem(412, { code: 'precondition_failed', title: '', detail: '' })

describe('an act with consequences', () => {
  it('is settled by its dialog', async () => {
    const answer = confirmAct(ACT)
    expect(asked.value?.effects).toEqual(['不再发送。'])
    asked.value?.settle(true)
    expect(await answer).toBe(true)
    expect(asked.value).toBeNull()
  })

  it('gives way to a later question', async () => {
    const first = confirmAct(ACT)
    const second = confirmAct(ACT)
    expect(await first).toBe(false)
    asked.value?.settle(false)
    expect(await second).toBe(false)
  })

  it('whose answer comes late leaves the later question standing', () => {
    void confirmAct(ACT)
    const early = asked.value
    void confirmAct({ ...ACT, title: '取消' })
    early?.settle(true)
    expect(asked.value?.title).toBe('取消')
  })
})

describe('somebody else saved first', () => {
  const saving = (save: (version: number) => Promise<string>, take = vi.fn()) => ({
    save,
    version: 1,
    latest: () => Promise.resolve({ version: 2, value: '他的' }),
    differences: (theirs: string) => differing([['标题', '我的', theirs]]),
    take,
  })
  const stale = (): ((version: number) => Promise<string>) => vi.fn((version) => (version === 1 ? Promise.reject(STALE) : Promise.resolve('saved')))

  it('is shown, and one’s own text is saved over it when that is chosen', async () => {
    const answer = saveOrAsk(saving(stale()))
    await vi.waitFor(() => expect(clash.value?.differences).toEqual([{ label: '标题', mine: '我的', theirs: '他的' }]))
    clash.value?.settle('mine')
    expect(await answer).toBe('saved')
  })

  it('is taken over, or left for later, and then nothing is saved', async () => {
    for (const choice of ['theirs', 'edit'] as const) {
      const take = vi.fn()
      const answer = saveOrAsk(saving(stale(), take))
      await vi.waitFor(() => expect(clash.value).not.toBeNull())
      clash.value?.settle(choice)
      expect(await answer).toBeNull()
      expect(take).toHaveBeenCalledTimes(choice === 'theirs' ? 1 : 0)
    }
  })

  it('is no clash when the same text stands there, as after an answer that was lost', async () => {
    const save = stale()
    const same = { ...saving(save), latest: () => Promise.resolve({ version: 2, value: '我的' }) }
    expect(await saveOrAsk(same)).toBe('saved')
    expect(vi.mocked(save).mock.calls).toEqual([[1], [2]])
    expect(clash.value).toBeNull()
  })

  it('is not asked about for any other refusal', async () => {
    const refused = new Problem(409, { code: 'conflict', title: '', detail: '' })
    await expect(saveOrAsk(saving(() => Promise.reject(refused)))).rejects.toBe(refused)
  })

  it('gives way to a later question', async () => {
    const first = chooseBetween([])
    void chooseBetween([])
    expect(await first).toBe('edit')
  })
})
