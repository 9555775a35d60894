import { describe, expect, it } from 'vitest'

import { details, lines, missing, teller } from '@/cases/timeline'
import type { Entry, Note } from '@/cases/useCase'

const entry = (told: Partial<Entry>): Entry =>
  ({ seq: 1, at: '2026-11-23T02:00:00Z', kind: 'replied', word: '', by: 'staff', who: null, whom: null, body: '', data: {}, citations: [], files: [], ...told })
const note = (at: string): Note => ({ id: `n${at}`, at, kind: 'note', body: '记', data: {}, who: '甲' })
const word = (group: string, code: string | null | undefined): string => `${group}:${code}`

describe('the timeline', () => {
  it('puts notes between what is shared, the newest first', () => {
    const told = lines({
      timeline: [entry({ seq: 1, at: '2026-11-23T01:00:00Z' }), entry({ seq: 2, at: '2026-11-23T03:00:00Z' }), entry({ seq: 3, at: '2026-11-23T03:00:00Z' })],
      notes: [note('2026-11-23T02:00:00Z'), { ...note('2026-11-23T02:30:00Z'), kind: 'assignment' }],
    })
    expect(told.map(({ key }) => key)).toEqual(['e3', 'e2', 'n2026-11-23T02:00:00Z', 'e1'])
  })

  it('names the owner as himself and the clockwork as what it is', () => {
    expect(teller({ by: 'owner', who: null })).toBe('经营者')
    expect(teller({ by: 'staff', who: '陈专员' })).toBe('陈专员')
    expect(teller({ by: 'system', who: null })).toBe('系统')
  })

  it('tells what an entry says beyond its words', () => {
    expect(details(entry({ kind: 'handed_over', whom: '李' }), word)).toEqual(['→ 李'])
    expect(details(entry({ kind: 'accepted', whom: '李' }), word)).toEqual([])
    expect(details(entry({ kind: 'asked', data: { nr: 2 } }), word)).toEqual(['第2次告知'])
    expect(details(entry({ kind: 'extended', data: { days: 5, is_statutory: true } }), word)).toEqual(['延长 5 个工作日（含法定期限）'])
    expect(details(entry({ kind: 'decided', data: { because: 'upheld' } }), word)).toEqual(['维持答复，办结'])
    expect(details(entry({ kind: 'paused', data: { reason: 'test' } }), word)).toEqual(['case_pause:test'])
  })

  it('lists what was told as missing, of that alone', () => {
    const items = [{ words: '名册', why: '', citation: '' }]
    expect(missing(entry({ kind: 'asked', data: { items } }))).toEqual(items)
    expect(missing(entry({ kind: 'replied', data: { items } }))).toEqual([])
  })
})
