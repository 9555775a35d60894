/** What an entry of a visit's log says beyond its own words, each a short sentence. */

import { moment } from '@/components/moment'

import type { Entry, Visit } from '../useVisits'

/** The newest first, as all logs are read. */
export const newestFirst = (one: Pick<Visit, 'events'>): Entry[] => [...one.events].sort((a, b) => b.seq - a.seq)

export function details(entry: Pick<Entry, 'kind' | 'data'>, nameOf: (id: string) => string | undefined): string[] {
  const { before, after, staff, is_late: late, is_upheld: upheld } = entry.data
  const told: string[] = []
  if (typeof before === 'string' && typeof after === 'string') told.push(`${moment(before)} → ${moment(after)}`)
  if (Array.isArray(staff)) {
    const names = staff.map((id) => nameOf(String(id))).filter((name) => name !== undefined)
    if (names.length > 0) told.push(`→ ${names.join('、')}`)
  }
  if (late === true) told.push('临近取消，计入公开统计')
  if (typeof upheld === 'boolean') told.push(upheld ? '异议成立，记录不计入' : '异议不成立')
  return told
}
