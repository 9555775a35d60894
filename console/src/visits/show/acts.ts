/** What can be done with a visit. The API says which of it now and by whom; here stands how it is asked for. */

/** Acts that are written in a form beside the log. */
export const WRITTEN = [
  ...(['arrive', 'back_fill', 'report', 'amend', 'reach', 'hear', 'decide_arrival', 'decide_minutes'] as const),
  ...(['reschedule', 'reassign', 'decide'] as const),
] as const
export type Written = (typeof WRITTEN)[number]

/** Acts that are asked for in a dialog. */
export const ASKED = ['confirm', 'decline', 'cancel', 'missing', 'contest'] as const
export type Asked = (typeof ASKED)[number]

export interface Offered {
  act: Written | Asked
  isPrimary: boolean
  isDangerous: boolean
}

/** In the order of the buttons: what usually comes next stands first. */
const ORDER: readonly (Written | Asked)[] = [
  ...(['confirm', 'arrive', 'report', 'decide', 'decide_arrival', 'decide_minutes', 'back_fill', 'reach', 'hear'] as const),
  ...(['amend', 'decline', 'reschedule', 'reassign', 'missing', 'contest', 'cancel'] as const),
]
const NEXT = new Set<string>(['confirm', 'arrive', 'report', 'decide', 'decide_arrival', 'decide_minutes'])
const DANGEROUS = new Set<string>(['decline', 'cancel', 'missing'])

export function offers(may: readonly string[]): Offered[] {
  return ORDER.filter((act) => may.includes(act)).map((act) => ({ act, isPrimary: NEXT.has(act), isDangerous: DANGEROUS.has(act) }))
}

export const isWritten = (act: Written | Asked): act is Written => (WRITTEN as readonly string[]).includes(act)
