/** What a ticket says, read without a network: signed by Ed25519 (RFC 8032), for one salon, for its hall, and not revoked. */

import type { Got } from '@/api/client'

export type Bundle = Got<'/api/staff/v1/salons/{salon_id}/check-in-bundle'>

/**
 * `unverified`: this browser cannot check a signature, or there is nothing to check it with;
 * `unsaid`: nothing at hand says whether it is for the hall.
 */
export type Judged = { signup: string; refusal: null } | { signup: string | null; refusal: Refusal | 'unverified' | 'unsaid' }
export type Refusal = 'forged' | 'other_salon' | 'revoked' | 'online' | 'too_early' | 'too_late'
/** By which way a sign-up comes, as far as a list at hand says. */
export type WayOf = (signup: string) => string | undefined

const SIGNATURE = 64
const UUID_BYTES = 16
const NONCE = 8
const BODY = 2 * UUID_BYTES + NONCE
const UUID_PARTS = [8, 12, 16, 20] as const
const TICKET = /^(?:[A-Za-z0-9_-]{147}|[A-Za-z0-9_-]{140})$/ // payload and signature as base64url
const WAYS = ['hall', 'online']
/** What stands before the body: the version; from 2 on the key's name and the way. */
const HEADS: Readonly<Record<number, number>> = { 1: 1, 2: 6 }
const KEY_AT = 1
const WAY_AT = 5

type Bytes = Uint8Array<ArrayBuffer>

interface Ticket {
  payload: Bytes
  signature: Bytes
  /** The name of the key that is to have signed it; null: any of them. */
  key: string | null
  way: string | null
  salon: string
  signup: string
  nonce: string
}

/** Whether a text looks like what a QR code of ours holds: a keyboard that reads codes types it as a whole. */
export const isTicket = (text: string): boolean => TICKET.test(text)

export async function judge(text: string, bundle: Bundle, at: Date, wayOf: WayOf): Promise<Judged> {
  const ticket = isTicket(text) ? claimed(bytesOf(text)) : null
  const verdict = ticket && (await isSignedByOne(ticket, bundle))
  if (!ticket || verdict === false) return { signup: null, refusal: 'forged' }
  const { signup } = ticket
  if (ticket.salon !== bundle.salon_id) return { signup: null, refusal: 'other_salon' }
  if (bundle.revoked.includes(ticket.nonce)) return { signup, refusal: 'revoked' }
  const way = ticket.way ?? wayOf(signup)
  if (way === 'online') return { signup, refusal: 'online' }
  if (at < new Date(bundle.valid_from)) return { signup, refusal: 'too_early' }
  if (at > new Date(bundle.valid_until)) return { signup, refusal: 'too_late' }
  if (verdict === null) return { signup, refusal: 'unverified' }
  return { signup, refusal: way === undefined ? 'unsaid' : null }
}

/** What a ticket says of itself, before anybody looks at its signature; null for what is none. */
function claimed(whole: Bytes): Ticket | null {
  const head = HEADS[whole[0] ?? 0]
  if (head === undefined || whole.length !== head + BODY + SIGNATURE) return null
  const isNamed = head > 1
  const way = isNamed ? WAYS[whole[WAY_AT] ?? -1] : null
  if (way === undefined) return null
  const body = whole.slice(head, head + BODY)
  return {
    payload: whole.slice(0, head + BODY),
    signature: whole.slice(head + BODY),
    key: isNamed ? hex(whole.slice(KEY_AT, WAY_AT)) : null,
    way,
    salon: uuid(body.slice(0, UUID_BYTES)),
    signup: uuid(body.slice(UUID_BYTES, 2 * UUID_BYTES)),
    nonce: hex(body.slice(2 * UUID_BYTES)),
  }
}

/** null where the browser does not know Ed25519. */
async function isSignedByOne({ payload, signature, key }: Ticket, bundle: Bundle): Promise<boolean | null> {
  const signers = bundle.public_keys.filter(({ id }) => key === null || id === key)
  const verdicts = await Promise.all(signers.map((one) => isSigned(payload, signature, one.public_key)))
  return verdicts.includes(true) || (verdicts.includes(null) ? null : false)
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
  return (await isSigned(new Uint8Array(BODY), new Uint8Array(SIGNATURE), bundle.public_keys[0]?.public_key ?? '')) !== null
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
