import { afterEach, describe, expect, it, vi } from 'vitest'

import { offers as campaignOffers } from '@/campaigns/show/acts'
import { check as checkRound, contentOf } from '@/campaigns/edit/draft'
import { check as checkLimits } from '@/contacts/limits'
import { peopleWord } from '@/contacts/useContacts'
import { fromJson } from '@/policies/rule/tree'
import { actOf } from '@/visits/day/useRoute'
import { check, draftOf, newFinding, newPromise, sent } from '@/visits/show/report/draft'
import { canScan, scan } from '@/visits/show/report/scan'
import type { Edition } from '@/visits/show/report/useReport'

const EMPTY = draftOf(undefined)

describe('minutes', () => {
  it('say something at all, and whom a promise was made to where several were there', () => {
    expect(check(EMPTY, false, false)['text']).toContain('至少一条发现')
    const promised = { ...EMPTY, text: '谈了补贴', promises: [newPromise('')] }
    expect(check(promised, false, true)['promises.0.enterprise_id']).toBeDefined()
    expect(check(promised, false, false)['promises.0.enterprise_id']).toBeUndefined()
    expect(check(promised, false, false)['promises.0.text']).toBeDefined()
    expect(check({ ...EMPTY, text: '谈了补贴' }, true, false)['why']).toContain('更正')
  })

  it('begin anew with what the last edition says, without the promises that are cases already', () => {
    const last = { text: '谈了补贴', findings: [{ nr: 1, kind: 'quality', words: '标签不全', enterprise_id: null, photos: [{ id: 'p' }] }] } as unknown as Edition
    expect(draftOf(last)).toMatchObject({ text: '谈了补贴', findings: [{ kind: 'quality', words: '标签不全', enterprise_id: '', photos: ['p'] }], promises: [] })
  })

  it('are sent with nothing where nobody is named', () => {
    expect(sent({ ...EMPTY, text: ' 谈了 ', findings: [newFinding()] })).toMatchObject({ text: '谈了', findings: [{ enterprise_id: null }] })
  })
})

describe('a pass on a photo', () => {
  afterEach(() => vi.unstubAllGlobals())

  it('is read where the browser can, and pasted elsewhere', async () => {
    expect(canScan()).toBe(false)
    expect(await scan(new Blob())).toBeNull()
    const close = vi.fn()
    vi.stubGlobal('createImageBitmap', () => Promise.resolve({ close }))
    vi.stubGlobal('BarcodeDetector', class {
      detect = () => Promise.resolve([{ rawValue: 'FW1.x.y' }])
    })
    expect(canScan()).toBe(true)
    expect(await scan(new Blob())).toBe('FW1.x.y')
    expect(close).toHaveBeenCalledOnce()
  })
})

describe('the visitor’s next act', () => {
  it('follows the state of the stop', () => {
    expect([actOf('confirmed')?.act, actOf('arrived')?.act, actOf('reported')]).toEqual(['arrive', 'report', null])
  })
})

describe('a round of visits', () => {
  const draft = {
    ...{ title: '新设企业', why: '了解困难', reason: 'policy_talk', place: 'on_site' as const, districts: [], first_on: '2026-11-30', weeks: 2, per_week: 3 },
    ...{ visitors: ['a'], recent_days: 180, lead_days: 14, answer_days: 7, rule: fromJson({ all: [{ fact: 'status', op: 'eq', value: 'active' }] }) },
  }

  it('rests each condition on its own name and reason', () => {
    const { rule } = contentOf(draft) as unknown as { rule: { all: { citation: unknown }[] } }
    expect(rule.all[0]?.citation).toEqual({ document: '批量走访：新设企业', article: '走访对象', sentence: '了解困难' })
  })

  it('begins on a Monday and is made by somebody', () => {
    expect(checkRound(draft)['first_on']).toBeUndefined()
    expect(checkRound({ ...draft, first_on: '2026-12-01', visitors: [] })).toMatchObject({ first_on: '请选择星期一。', visitors: '请选择走访人员。' })
  })

  it('is released next once its list stands, and frozen anew beside', () => {
    expect(campaignOffers(['edit', 'freeze', 'cancel']).map(({ label, isPrimary }) => [label, isPrimary])).toEqual([['冻结名单', true], ['取消', false]])
    expect(campaignOffers(['freeze', 'release']).map(({ label, isPrimary }) => [label, isPrimary])).toEqual([['放行', true], ['重新冻结', false]])
  })
})

describe('the ledger', () => {
  it('names who came with his unit', () => {
    expect(peopleWord([{ id: '1', name: '甲', unit: '吴兴分局', unit_id: null }, { id: '2', name: '乙', unit: null, unit_id: null }])).toBe('甲（吴兴分局）、乙')
    expect(peopleWord([])).toBe('—')
  })

  it('has one ceiling for each group, each with where it is written', () => {
    const one = { side: 'service' as const, credit_class: '' as const, size: '' as const, per_year: 4, ground: '年度安排' }
    const limits = { merge_days: 1, late_days: 1, signed_days: 1, counted: [] }
    expect(checkLimits({ ...limits, ceilings: [one, { ...one, per_year: 5 }] })['ceilings.1']).toContain('只能填写一次')
    expect(checkLimits({ ...limits, ceilings: [{ ...one, ground: ' ' }] })['ceilings.0']).toContain('出处')
    expect(checkLimits({ ...limits, ceilings: [one] })['ceilings.0']).toBeUndefined()
  })
})
