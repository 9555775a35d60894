/** One part of a salon that is written by itself: what others changed beside it is no conflict, what they changed in it is asked about. */

import { ask, ifMatch, type Once } from '@/api/client'
import { differing, saveOrAsk } from '@/components/conflict'

import { fetchSalon, type Salon } from '../useSalons'

interface Part<T> {
  label: string
  of: (salon: Salon) => T
  spelled: (value: T) => string
  /** Takes over what somebody else wrote, where that is chosen. */
  take: (theirs: T) => void
  put: (value: T, at: { path: { salon_id: string }; header: { 'If-Match': string } }, headers: Once) => Promise<{ data?: { version: number } }>
}

export function usePart<T>(one: () => Salon, part: Part<T>): (mine: T, headers: Once) => Promise<boolean> {
  let { version } = one()
  let base = part.spelled(part.of(one()))
  const { id } = one()
  return async (mine, headers) => {
    const saved = await saveOrAsk({
      version,
      save: (now) => ask(part.put(mine, { path: { salon_id: id }, header: ifMatch(now) }, headers)),
      latest: async () => {
        const now = await fetchSalon(id)
        return { version: now.version, value: now }
      },
      differences: (theirs: Salon) => {
        const told = part.spelled(part.of(theirs))
        return told === base ? [] : differing([[part.label, part.spelled(mine), told]])
      },
      take: (theirs, now) => {
        version = now
        base = part.spelled(part.of(theirs))
        part.take(part.of(theirs))
      },
    })
    if (saved === null) return false
    version = saved.version
    base = part.spelled(mine)
    return true
  }
}
