/** Brings scans to the server, at once or in the lots that it takes; one that it refuses holds up no other. */

import { api, ask, type Schemas } from '@/api/client'
import { asProblem, type Problem } from '@/api/problem'

import type { Kept } from './kept'

export type Scan = Schemas['ScanOut']

const LOT = 500
/** A network that does not answer at the door is none. */
const PATIENCE = 6_000
const BROKEN = 500
const SESSION_ENDED = 401
const TOO_MANY = 429
/** These speak of the scan itself; any other refusal may be gone later. */
const ABOUT_IT = new Set([409, 422])

/** Nothing was wrong with what was sent: it did not arrive, or nobody there could take it. */
export const isAway = ({ status }: Problem): boolean => status === 0 || status >= BROKEN || status === SESSION_ENDED || status === TOO_MANY

export async function send(salon: string, device: string, scans: readonly Kept[]): Promise<Scan[]> {
  const signal = AbortSignal.timeout(PATIENCE)
  const told = scans.map(({ id, direction, scanned_at, what }) => ({ id, direction, scanned_at, ...what }))
  const body = { device, scans: told }
  return (await ask(api.POST('/api/staff/v1/salons/{salon_id}/scans', { signal, params: { path: { salon_id: salon } }, body }))).items
}

export interface Sent {
  answers: Scan[]
  refused: Kept[]
  /** Why the rest did not go. */
  problem: Problem | null
}

/** Sends all there is, device by device; stops where the server is out of reach. */
export async function sendAll(salon: string, scans: readonly Kept[], taken: (ids: string[]) => void): Promise<Sent> {
  const sent: Sent = { answers: [], refused: [], problem: null }
  for (const lot of lots(scans)) {
    await sendLot(salon, lot, sent, taken)
    if (sent.problem) break
  }
  return sent
}

function lots(scans: readonly Kept[]): Kept[][] {
  const byDevice = new Map<string, Kept[]>()
  for (const one of scans) byDevice.set(one.device, [...(byDevice.get(one.device) ?? []), one])
  return [...byDevice.values()].flatMap((all) => Array.from({ length: Math.ceil(all.length / LOT) }, (_, nth) => all.slice(nth * LOT, (nth + 1) * LOT)))
}

async function sendLot(salon: string, lot: readonly Kept[], sent: Sent, taken: (ids: string[]) => void): Promise<void> {
  try {
    sent.answers.push(...(await send(salon, lot[0]?.device ?? '', lot)))
    taken(lot.map(({ id }) => id))
  } catch (error) {
    const problem = asProblem(error)
    if (!ABOUT_IT.has(problem.status)) sent.problem = problem
    else if (lot.length === 1 && lot[0]) sent.refused.push({ ...lot[0], problem: problem.message })
    else {
      const middle = Math.ceil(lot.length / 2)
      for (const half of [lot.slice(0, middle), lot.slice(middle)]) if (!sent.problem) await sendLot(salon, half, sent, taken)
    }
  }
}
