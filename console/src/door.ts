/**
 * At which of the API's two doors this page stands: the bureau's people work at /console/, a bank's at /console/bank/.
 * Each door has its own session, menu and pages; from one to the other leads only a fresh load.
 */

export type Door = 'staff' | 'bank'

const BANK = /^\/console\/bank(\/|$)/

export function doorOf(path: string): Door {
  return BANK.test(path) ? 'bank' : 'staff'
}

export const door: Door = doorOf(location.pathname)
export const BASES: Readonly<Record<Door, string>> = { staff: '/console/', bank: '/console/bank/' }

/** What this page's door has in the place of the other's. */
export function byDoor<S, B>(of: { staff: S; bank: B }): S | B {
  return of[door]
}
