import { describe, expect, it } from 'vitest'

import { lines, termsOf } from '@/visits/settings/unit'

const unit = { unit_id: '1', name: '吴兴分局', per_day: 6, office_address: '', version: 0 }

describe('how a unit visits', () => {
  it('is what its form holds, without name and version', () => {
    expect(termsOf(unit)).toEqual({ per_day: 6, office_address: '' })
  })

  it('is told line by line where two people wrote', () => {
    expect(lines({ per_day: 4, office_address: '安康东路1号' }, termsOf(unit))).toEqual([
      ['每人每天最多', '4 次', '6 次'],
      ['窗口地址', '安康东路1号', ''],
    ])
  })
})
