import { describe, expect, it } from 'vitest'

import { linesOf, placeOf } from '@/audit/places'
import { asked } from '@/audit/useTrail'

const NOTHING = { actor: '', table: '', row: '', action: '', from: '', to: '' }

describe('the filters of the trail', () => {
  it('are sent in the time of Huzhou, and only those chosen', () => {
    expect(asked({ ...NOTHING, action: 'staff.left', from: '2026-11-22T15:04' })).toEqual({
      action: 'staff.left',
      from: '2026-11-22T15:04:00+08:00',
    })
  })
  it('send on what somebody wrote into the address himself, for the server to judge', () => {
    expect(asked({ ...NOTHING, to: 'soon' })).toEqual({ to: 'soon' })
  })
})

describe('an entry', () => {
  it('leads to the page of its subject where there is one', () => {
    expect(placeOf('policies', '1')).toBe('/policies/1')
    expect(placeOf('units', '1')).toBeUndefined()
    expect(placeOf('policies', null)).toBeUndefined()
  })
  it('tells its details line by line', () => {
    expect(linesOf({ role: 'visitor', to: { a: 1 } })).toEqual([
      { key: 'role', value: 'visitor' },
      { key: 'to', value: '{"a":1}' },
    ])
  })
})
