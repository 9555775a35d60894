/** What a bank does with a referral: each act's words, whether it needs a form, and in which order they are offered. */

export type Written = 'offer' | 'refuse' | 'draw' | 'answer_again'
export type Asked = 'accept' | 'contact' | 'investigate' | 'give_up'

interface Offered {
  act: Written | Asked
  word: string
  isPrimary?: boolean
  isDangerous?: boolean
}

const ACTS: readonly Offered[] = [
  { act: 'accept', word: '受理', isPrimary: true },
  { act: 'contact', word: '登记已联系企业' },
  { act: 'investigate', word: '开始尽职调查' },
  { act: 'answer_again', word: '答复二次对接', isPrimary: true },
  { act: 'draw', word: '登记放款', isPrimary: true },
  { act: 'offer', word: '授信并报价' },
  { act: 'refuse', word: '不予通过', isDangerous: true },
  { act: 'give_up', word: '登记企业放弃', isDangerous: true },
]

export function offered(may: readonly string[], hasOffer: boolean): Offered[] {
  return ACTS.filter(({ act }) => may.includes(act)).map((one) => (one.act === 'offer' && hasOffer ? { ...one, word: '改善报价' } : one))
}

export function isWritten(act: string): act is Written {
  return ['offer', 'refuse', 'draw', 'answer_again'].includes(act)
}
