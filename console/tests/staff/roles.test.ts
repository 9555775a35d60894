import { describe, expect, it } from 'vitest'

import { grantOf, NO_GRANT } from '@/staff/drafts'
import { leavingQuestion } from '@/staff/leaving'
import { drawn } from '@/staff/qr'
import { excludes } from '@/staff/roles'
import { below, obstacle } from '@/staff/units'

describe('roles', () => {
  it('stand against each other where one person would check himself', () => {
    expect(excludes('auditor', ['visitor', 'system_administrator'])).toBe('system_administrator')
    expect(excludes('auditor', ['visitor', 'auditor'])).toBeUndefined()
    expect(excludes('visitor', ['auditor'])).toBeUndefined()
  })
})

describe('a grant', () => {
  it('is limited by what was chosen and ends in Huzhou', () => {
    expect(grantOf({ ...NO_GRANT, role: 'visitor' })).toEqual({ role: 'visitor', districts: [], capabilities: [], unit_id: null, until: null })
    expect(grantOf({ ...NO_GRANT, role: 'visitor', until: '2026-12-31T18:00' }).until).toBe('2026-12-31T18:00:00+08:00')
  })
})

describe('units', () => {
  const tree = [
    { id: 'a', parent_id: null },
    { id: 'b', parent_id: 'a' },
    { id: 'c', parent_id: 'b' },
    { id: 'd', parent_id: null },
  ]
  it('cannot be moved below themselves', () => {
    expect([...below(tree, 'a')]).toEqual(['a', 'b', 'c'])
    expect([...below(tree, 'd')]).toEqual(['d'])
  })
  it('stay open while somebody works in them', () => {
    expect(obstacle({ staff: 2, children: 1 })).toBe('还有 2 名在岗人员、1 个下级单位，须先调整。')
    expect(obstacle({ staff: 0, children: 0 })).toBeUndefined()
  })
})

describe('leaving', () => {
  it('tells what is left behind, and of a long list how much more there is', () => {
    const work = Array.from({ length: 10 }, (_, n) => ({ kind: 'policy' as const, id: `${n}`, number: null, title: `第${n}`, state: 'draft' }))
    const told = { name: '周', state: 'active', sessions: 1, grants: 2, work, say: '立即结束。' }
    const { effects } = leavingQuestion('1', told, (group, code) => `${group}.${code}`)
    expect(effects[0]).toBe('立即结束。')
    expect(effects[1]).toBe('未办结：政策“第0”（policy_state.draft）')
    expect(effects).toContain('另有 2 项未办结的工作。')
  })
})

describe('a QR code', () => {
  it('has its three corners within a quiet zone', async () => {
    const { path, size } = await drawn('otpauth://totp/x?secret=ABC')
    const last = size - 4 - 7
    for (const corner of ['M4 4h', `M${last} 4h`, `M4 ${last}h`]) expect(path).toContain(corner)
    expect(path).not.toMatch(/M[0-3] /)
  })
})
