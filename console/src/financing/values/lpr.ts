/** The dated table of the LPR: which rate of a tenor holds today, and what is said of many of them alike. */

import { today } from '@/absences/useAbsences'

import type { Lpr } from '../useFinancing'

export function inForce<T extends Pick<Lpr, 'tenor' | 'effective_on'>>(lprs: readonly T[], tenor: string, day: string = today()): T | undefined {
  const told = lprs.filter((one) => one.tenor === tenor && one.effective_on <= day)
  return told.reduce<T | undefined>((best, one) => (best && best.effective_on >= one.effective_on ? best : one), undefined)
}

/** What stands beside several rates that nobody has checked: said once, not in every line. */
export function sharedNote(lprs: readonly Pick<Lpr, 'checked_against' | 'verified_by'>[]): string {
  const notes = lprs.filter((one) => !one.verified_by && one.checked_against).map((one) => one.checked_against)
  return notes.find((note, at) => notes.indexOf(note) !== at) ?? ''
}
