/** Figures of what attendees thought. */

type Ratings = Readonly<Record<string, number>>

/** The best first. */
export function starred(ratings: Ratings): [stars: number, count: number][] {
  return Object.entries(ratings).map(([stars, count]): [number, number] => [Number(stars), count]).sort(([one], [other]) => other - one)
}

export function average(ratings: Ratings): string {
  const rows = starred(ratings)
  const count = rows.reduce((sum, [, each]) => sum + each, 0)
  return count === 0 ? '—' : (rows.reduce((sum, [stars, each]) => sum + stars * each, 0) / count).toFixed(1)
}

export const share = (count: number, of: number): number => (of === 0 ? 0 : Math.round((count * 100) / of))
