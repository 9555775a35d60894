/** The dated table of the LPR: which rate of a tenor holds today. */

import { today } from '@/absences/useAbsences'

import type { Lpr } from '../useFinancing'

export function inForce<T extends Pick<Lpr, 'tenor' | 'effective_on'>>(lprs: readonly T[], tenor: string, day: string = today()): T | undefined {
  const told = lprs.filter((one) => one.tenor === tenor && one.effective_on <= day)
  return told.reduce<T | undefined>((best, one) => (best && best.effective_on >= one.effective_on ? best : one), undefined)
}
