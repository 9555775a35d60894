import { createHash } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import { drawn, type Drawn, lotOf, read } from '@/financing/lot/drawing'

const sha = (text: string): string => createHash('sha256').update(text).digest('hex')
const SEED = 'f00d'
const one = (position: number, bank: string, product: string, answer: string): Drawn => ({
  ...{ position, institution_id: bank, institution: bank, product_id: product, product, answer },
  ...{ lot: sha(`${SEED}:${bank}`), product_lot: sha(`${SEED}:${product}`) },
})

/** As the API orders them. */
function told(): Drawn[] {
  const rank = (item: Drawn): number => ['yes', 'maybe', 'no'].indexOf(item.answer)
  const items = [one(0, 'a', 'a1', 'yes'), one(0, 'a', 'a2', 'yes'), one(0, 'b', 'b1', 'yes'), one(0, 'c', 'c1', 'maybe'), one(0, 'd', 'd1', 'no')]
  items.sort((x, y) => rank(x) - rank(y) || (x.lot + x.product_lot < y.lot + y.product_lot ? -1 : 1))
  return items.map((item, nth) => ({ ...item, position: nth + 1 }))
}

describe('the lot', () => {
  it('is the digest that the API publishes', async () => {
    expect(await lotOf(SEED, 'A')).toBe(sha(`${SEED}:a`))
  })

  it('comes out as it was told, from whatever order it is read', async () => {
    const lines = await drawn({ seed: SEED, items: [...told()].reverse() })
    expect(lines.every(({ isSame }) => isSame)).toBe(true)
    expect(lines.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5])
  })

  it('tells where two were swapped', async () => {
    const items = told()
    const swapped = items.map((item) => ({ ...item, position: item.position === 1 ? 2 : item.position === 2 ? 1 : item.position }))
    expect((await drawn({ seed: SEED, items: swapped })).map(({ isSame }) => isSame)).toEqual([false, false, true, true, true])
  })

  it('tells of another seed', async () => {
    expect((await drawn({ seed: 'other', items: told() })).some(({ isSame }) => isSame)).toBe(false)
  })

  it.each(['', '{}', '[]', 'null', '{"seed":"a","items":[]}', '{"seed":"a","items":[{"position":1}]}'])('is not read from %s', (text) => {
    expect(read(text)).toBeNull()
  })

  it('is read from what the API told', () => {
    expect(read(JSON.stringify({ seed: SEED, method: 'sha256(seed:id)', items: told() }))?.items.length).toBe(5)
  })
})
