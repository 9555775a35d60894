import { describe, expect, it } from 'vitest'

import { acts, type Problem } from '@/cases/lists/useLists'

const me = { id: 'm', name: '我' }
const problem = (told: Partial<Problem>): Problem => ({ state: 'open', responsible_id: 'other', done_by: null, ...told }) as Problem
const all = (): boolean => true
const none = (): boolean => false

describe('a problem', () => {
  it('is put right by whoever is responsible', () => {
    expect(acts(problem({ responsible_id: 'm' }), me, none)).toEqual(['finish', 'link'])
    expect(acts(problem({}), me, none)).toEqual([])
  })

  it('is struck off by a second person alone', () => {
    expect(acts(problem({ state: 'done', done_by: '他' }), me, all)).toEqual(['strike_off', 'return', 'link'])
    expect(acts(problem({ state: 'done', responsible_id: 'm', done_by: '我' }), me, all)).toEqual(['link'])
    expect(acts(problem({ state: 'done', done_by: '我' }), me, all)).toEqual(['link'])
    expect(acts(problem({ state: 'done', done_by: '他' }), me, none)).toEqual([])
  })

  it('stays as it is once it is struck off', () => {
    expect(acts(problem({ state: 'struck_off', responsible_id: 'm' }), me, all)).toEqual([])
  })
})
