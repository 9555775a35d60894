import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { ELSE, grouped } from '@/enterprises/groups'

const catalogue = JSON.parse(readFileSync(join(import.meta.dirname, '../../../backend/enterprises/data/facts.json'), 'utf8')) as { key: string }[]

describe('the groups of facts', () => {
  it('have a place for every fact of the catalogue', () => {
    const strays = grouped(catalogue).filter((group) => group.title === ELSE)
    expect(strays.flatMap((group) => group.facts.map((fact) => fact.key))).toEqual([])
  })

  it('show each fact once, and a new one at the end', () => {
    const facts = [{ key: 'from_tomorrow' }, { key: 'employees' }, { key: 'status' }]
    expect(grouped(facts)).toEqual([
      { title: '登记信息', facts: [{ key: 'status' }] },
      { title: '规模', facts: [{ key: 'employees' }] },
      { title: ELSE, facts: [{ key: 'from_tomorrow' }] },
    ])
    expect(grouped(catalogue).flatMap((group) => group.facts)).toHaveLength(catalogue.length)
  })
})
