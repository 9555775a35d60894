/** What a ticket says, read without a network: signed by Ed25519 (RFC 8032), for one salon, and not revoked. */

import type { Got } from '@/api/client'

export type Bundle = Got<'/api/staff/v1/salons/{salon_id}/check-in-bundle'>

/** `unverified`: this browser cannot check a signature, or there is nothing to check it with. */
export type Judged = { signup: string; refusal: null } | { signup: string | null; refusal: Refusal | 'unverified' }
export type Refusal = 'forged' | 'other_salon' | 'revoked' | 'too_early' | 'too_late'

const SIGNATURE = 64
const VERSION_AT = 0
const SALON_AT = 1
const SIGNUP_AT = 17
const NONCE_AT = 33
const PAYLOAD = 41
const UUID_PARTS = [8, 12, 16, 20] as const
const TICKET = /^[A-Za-z0-9_-]{140}$/ // payload and signature as base64url

type Bytes = Uint8Array<ArrayBuffer>

/** Whether a text looks like what a QR code of ours holds: a keyboard that reads codes types it as a whole. */
export const isTicket = (text: string): boolean => TICKET.test(text)

export async function judge(text: string, bundle: Bundle, at: Date): Promise<Judged> {
  const whole = isTicket(text) ? bytesOf(text) : null
  if (whole?.length !== PAYLOAD + SIGNATURE || whole[VERSION_AT] !== bundle.version) return { signup: null, refusal: 'forged' }
  const payload = whole.slice(0, PAYLOAD)
  const verdict = await isSigned(payload, whole.slice(PAYLOAD), bundle.public_key)
  const signup = uuid(payload.slice(SIGNUP_AT, NONCE_AT))
  if (verdict === false) return { signup: null, refusal: 'forged' }
  if (uuid(payload.slice(SALON_AT, SIGNUP_AT)) !== bundle.salon_id) return { signup: null, refusal: 'other_salon' }
  if (bundle.revoked.includes(hex(payload.slice(NONCE_AT)))) return { signup, refusal: 'revoked' }
  if (at < new Date(bundle.valid_from)) return { signup, refusal: 'too_early' }
  if (at > new Date(bundle.valid_until)) return { signup, refusal: 'too_late' }
  return verdict === null ? { signup, refusal: 'unverified' } : { signup, refusal: null }
}

/** null where the browser does not know Ed25519. */
async function isSigned(payload: Bytes, signature: Bytes, publicKey: string): Promise<boolean | null> {
  try {
    const key = await crypto.subtle.importKey('raw', bytesOf(publicKey), { name: 'Ed25519' }, false, ['verify'])
    return await crypto.subtle.verify({ name: 'Ed25519' }, key, signature, payload)
  } catch {
    return null
  }
}

/** Whether this browser can check tickets by itself. */
export async function canVerify(bundle: Bundle): Promise<boolean> {
  return (await isSigned(new Uint8Array(PAYLOAD), new Uint8Array(SIGNATURE), bundle.public_key)) !== null
}

function bytesOf(base64: string): Bytes {
  const plain = atob(base64.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0))
}

function hex(bytes: Bytes): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function uuid(bytes: Bytes): string {
  const told = hex(bytes)
  const cuts = [0, ...UUID_PARTS, told.length]
  return cuts.slice(1).map((cut, nth) => told.slice(cuts[nth], cut)).join('-')
}
