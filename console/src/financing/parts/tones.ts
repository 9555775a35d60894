/** Which tone a state of financing has. */

import type { Tone } from '@/components/StateTag.vue'

export const APPLICATION_TONES: Readonly<Record<string, Tone>> = { open: 'wait', chosen: 'brand', closed: 'good', withdrawn: 'info', expired: 'info' }
export const REFERRAL_TONES: Readonly<Record<string, Tone>> = {
  ...({ consented: 'info', routed: 'wait', accepted: 'brand', contacted: 'brand', due_diligence: 'brand' } as const),
  ...({ approved: 'good', drawing: 'wait', drawn: 'good', renewed: 'good', rejected: 'bad', given_up: 'info', unknown: 'bad' } as const),
}
/** States in which neither the clock of acceptance nor that of the decision runs. */
export const DECIDED: readonly string[] = ['rejected', 'approved', 'drawing', 'drawn', 'renewed', 'given_up', 'unknown']
export const PRODUCT_TONES: Readonly<Record<string, Tone>> = { draft: 'wait', published: 'good', superseded: 'info', withdrawn: 'bad' }
export const ANSWER_TONES: Readonly<Record<string, Tone>> = { yes: 'good', maybe: 'wait', no: 'info' }
export const LOOK_TONES: Readonly<Record<string, Tone>> = { overturned: 'good', upheld: 'bad', ended: 'info' }
