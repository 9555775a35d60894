/** The two ways to decide a review, each with what it does; an objection is decided about the binding it is against. */

import type { Act } from '@/components/confirm'

import type { Review } from './useReviews'

export type Verdict = 'approve' | 'refuse'

type Asked = Omit<Act, 'perform'> & { done: string }

export function labelOf(review: Pick<Review, 'kind'>, verdict: Verdict): string {
  if (review.kind === 'claim') return verdict === 'approve' ? '通过' : '不通过'
  return verdict === 'approve' ? '维持绑定' : '解除绑定'
}

export function question(review: Review, verdict: Verdict): Asked {
  const name = review.enterprise ?? review.uscc
  const label = labelOf(review, verdict)
  if (review.kind === 'objection') {
    return verdict === 'approve'
      ? { title: '维持这项绑定', label, effects: [`被异议的人恢复以${review.role_word}身份为${name}办事。`, '双方都会收到结果。'],
          reason: 'optional', reasonLabel: '说明（双方会看到）', done: '已维持绑定。' }
      : { title: '解除这项绑定', label, effects: [`被异议的人不能再为${name}办事。`, '双方都会收到结果和您写的原因。'],
          reason: 'required', reasonLabel: '原因（双方会看到）', isDangerous: true, done: '已解除绑定。' }
  }
  return verdict === 'approve'
    ? { title: '通过绑定申请', label, effects: [`申请人从现在起以${review.role_word}身份为${name}办事。`, '申请人收到通知；已绑定的人可以提出异议。', ...rivals(review)],
        reason: 'optional', reasonLabel: '备注（记入审计）', done: '已通过。' }
    : { title: '不通过绑定申请', label, effects: ['申请人收到您写的原因，可以改正后重新申请。', '原因里请不要写登记库中的姓名、电话。'],
        reason: 'required', reasonLabel: '原因（申请人会看到）', done: '已办理，申请人会收到原因。' }
}

function rivals(review: Review): string[] {
  if (review.role !== 'representative' || !review.has_representative) return []
  return ['该企业已有法定代表人绑定：仍有效的须先解除，否则不能通过；待重新验证的由这次绑定取代。']
}

export type Match = 'same' | 'different' | 'unknown'

/** Names as they are compared by eye: without blanks and dots between the parts. */
export function compareNames(written: string | null, registered: string | null): Match {
  if (!written || !registered) return 'unknown'
  const plain = (name: string): string => name.normalize('NFKC').replace(/[\s·•.・]/g, '')
  return plain(written) === plain(registered) ? 'same' : 'different'
}
