/** How a unit visits, as its form holds it. */

import type { ItemOf } from '@/api/client'

export const UNITS_PATH = '/api/staff/v1/visit-units'
export const UNITS_KEY = ['visit-units'] as const

export type Unit = ItemOf<typeof UNITS_PATH>

export function termsOf({ per_day, office_address }: Unit) {
  return { per_day, office_address }
}
export type Terms = ReturnType<typeof termsOf>

/** What of the terms two people wrote, line by line. */
export function lines(mine: Terms, theirs: Terms): (readonly [string, string, string])[] {
  return [
    ['每人每天最多', `${mine.per_day} 次`, `${theirs.per_day} 次`],
    ['窗口地址', mine.office_address, theirs.office_address],
  ]
}
