import { describe, expect, it } from 'vitest'

import { checkSkills, choicesOf } from '@/absences/skills'
import { after, standing } from '@/absences/useAbsences'

describe('an absence', () => {
  const one = { from_on: '2026-11-20', until_on: '2026-11-23' }

  it.each([
    ['2026-11-19', 'ahead'],
    ['2026-11-20', 'now'],
    ['2026-11-23', 'now'],
    ['2026-11-24', 'over'],
  ])('on %s is %s: both of its ends belong to it', (on, told) => {
    expect(standing(one, on)).toBe(told)
  })

  it('counts days over the ends of months and years', () => {
    expect(after('2026-12-31', 1)).toBe('2027-01-01')
    expect(after('2028-03-01', -1)).toBe('2028-02-29')
  })
})

describe('skills', () => {
  const open = { closed_at: null }

  it('are told by what asks for them, as long as that is open', () => {
    const all = [
      { skill: 'complaint', title: '对服务不满', ...open },
      { skill: null, title: '其他求助', ...open },
      { skill: 'complaint', title: '乱收费', ...open },
      { skill: 'ip', title: '知识产权', closed_at: '2026-11-01T00:00:00Z' },
    ]
    expect(choicesOf(all)).toEqual([['complaint', '对服务不满、乱收费']])
  })

  it('are codes, and not too many', () => {
    expect(checkSkills(['policy', 'ip_2'])).toBeUndefined()
    expect(checkSkills(['policy', '知识产权'])).toContain('“知识产权”不是专长代码')
    expect(checkSkills(Array.from({ length: 21 }, (_, nth) => `s${nth}`))).toBe('至多 20 项。')
  })
})
