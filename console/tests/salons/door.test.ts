import { afterEach, describe, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'

import { elsewhere, type Kept, type Store, useKept } from '@/salons/door/kept'
import { type Sign, signOf } from '@/salons/door/outcome'
import { type Scan, sendAll } from '@/salons/door/sending'
import { type Bundle, isTicket, judge } from '@/salons/door/ticket'

// signed by a key of its own: salon …01, sign-up …02, nonce "12345678"; for the hall, for online, and of version 1
const TICKET = 'AlZHWqcAAaGywwAAcACAAAAAAAAAAQGhssMAAHAAgAAAAAAAAAIxMjM0NTY3OM1SdqtZG6PfItkXSR8gHhZo0tMki6MUiTGZ8Mru_V-bo4QCBv9P8wjgncWeeohSdll27Uq1uu9UVmlxd4-r7Ak'
const ONLINE = 'AlZHWqcBAaGywwAAcACAAAAAAAAAAQGhssMAAHAAgAAAAAAAAAIxMjM0NTY3OFxMPB8oELkNae3odxX3qH0wTDiXP_iAj9B7qrClg2Smk7aBPqvRbnMLjgNJDQNTo0IJ9rvYhQyHoVzmclEnjQU'
const OLD = 'AQGhssMAAHAAgAAAAAAAAAEBobLDAABwAIAAAAAAAAACMTIzNDU2NzgeztJ4G-46wtRN6AC9_a_UkXJMbFk-Nc6Sj5tYhEkEl-BZ6Oj8Mx_JKFBw73uoE2kdjWTinBMBZMT5IaUlWnsN'
const KEY = { id: '56475aa7', public_key: 'A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=' }
const NEWER = { id: '00000001', public_key: 'O2onvM62pC1imldQGsZJPDVdIKg6ZgY5nX2MRXbN8vE=' }
const nobody = (): undefined => undefined
const SALON = '01a1b2c3-0000-7000-8000-000000000001'
const SIGNUP = '01a1b2c3-0000-7000-8000-000000000002'
const NOW = new Date('2026-12-10T06:00:00Z')
const BUNDLE: Bundle = {
  salon_id: SALON,
  title: '',
  algorithm: 'Ed25519',
  public_keys: [KEY],
  version: 2,
  valid_from: '2026-12-10T12:00:00+08:00',
  valid_until: '2026-12-10T18:00:00+08:00',
  revoked: [],
  made_at: '2026-12-10T12:00:00+08:00',
}

describe('a ticket without a network', () => {
  it('is read where it is signed, for this salon, in its time, and not revoked', async () => {
    expect(isTicket(TICKET)).toBe(true)
    expect(await judge(TICKET, BUNDLE, NOW, nobody)).toEqual({ signup: SIGNUP, refusal: null })
  })

  it('for online opens no hall, whatever list is at hand', async () => {
    expect(await judge(ONLINE, BUNDLE, NOW, nobody)).toEqual({ signup: SIGNUP, refusal: 'online' })
    expect(shownAs('online')).toMatchObject({ tone: 'bad', shape: 'cross', word: 'refused' })
  })

  it('that does not say its way is for whom the list says, and looked at where it says nothing', async () => {
    const told = async (way?: string): Promise<unknown> => (await judge(OLD, BUNDLE, NOW, () => way)).refusal
    expect([await told('hall'), await told('online'), await told()]).toEqual([null, 'online', 'unsaid'])
    expect(shownAs('unsaid')).toMatchObject({ tone: 'wait', word: '待核对' })
  })

  it('outlives a change of the key that signs', async () => {
    const changed = { ...BUNDLE, public_keys: [NEWER, KEY] }
    expect((await judge(TICKET, changed, NOW, nobody)).refusal).toBeNull()
    expect((await judge(OLD, changed, NOW, () => 'hall')).refusal).toBeNull()
    expect((await judge(TICKET, { ...BUNDLE, public_keys: [NEWER] }, NOW, nobody)).refusal).toBe('forged')
  })

  it('is forged wherever one sign of it differs', async () => {
    for (const at of [0, 1, 6, 7, 30, 60, 100, 139]) {
      const other = TICKET.slice(0, at) + (TICKET[at] === 'A' ? 'B' : 'A') + TICKET.slice(at + 1)
      expect((await judge(other, BUNDLE, NOW, nobody)).refusal, `at ${at}`).toBe('forged')
    }
    for (const text of ['', 'x'.repeat(140), 'x'.repeat(147), '你好', `${TICKET}A`]) expect((await judge(text, BUNDLE, NOW, nobody)).refusal).toBe('forged')
  })

  it('is refused by name', async () => {
    expect((await judge(TICKET, { ...BUNDLE, salon_id: SIGNUP }, NOW, nobody)).refusal).toBe('other_salon')
    expect((await judge(TICKET, { ...BUNDLE, revoked: ['3132333435363738'] }, NOW, nobody)).refusal).toBe('revoked')
    expect((await judge(TICKET, BUNDLE, new Date('2026-12-10T03:59:59Z'), nobody)).refusal).toBe('too_early')
    expect((await judge(TICKET, BUNDLE, new Date('2026-12-10T10:00:01Z'), nobody)).refusal).toBe('too_late')
  })

  it('is not taken for checked where the browser cannot check it', async () => {
    vi.spyOn(crypto.subtle, 'importKey').mockRejectedValue(new DOMException('', 'NotSupportedError'))
    expect(await judge(TICKET, BUNDLE, NOW, nobody)).toEqual({ signup: SIGNUP, refusal: 'unverified' })
    expect(shownAs('unverified')).toMatchObject({ tone: 'wait', word: '待核对' })
  })

  it('of whoever is picked for online sends one to see that there is a chair', () => {
    const scan = { ...kept('1'), what: { signup_id: SIGNUP } }
    const why = (way: string): string => signOf({ kind: 'local', scan, judged: null, isAgain: false, way }, asItIs).why
    expect([why('online').includes('座位'), why('hall').includes('座位')]).toEqual([true, false])
  })
})

const asItIs = (_group: string, code: string | null | undefined): string => code ?? ''

function shownAs(refusal: 'online' | 'unsaid' | 'unverified'): Sign {
  return signOf({ kind: 'local', scan: kept('1'), judged: { signup: SIGNUP, refusal }, isAgain: false, way: undefined }, asItIs)
}

function kept(id: string, device = '西门'): Kept {
  return { id, device, direction: 'in', scanned_at: `2026-12-10T06:00:0${id.length}Z`, what: { code: 'MFRGGZDF' }, signup: null, name: '' }
}

const scanned = (id: string): Scan => ({ id, outcome: 'entered' }) as Scan

/** The server, as far as it is asked for scans; refuses what holds one of `poison`. */
function server(poison: readonly string[] = [], answer = 422): string[][] {
  const lots: string[][] = []
  vi.stubGlobal('fetch', async (request: Request) => {
    const { scans } = (await request.json()) as { scans: { id: string }[] }
    lots.push(scans.map(({ id }) => id))
    if (scans.some(({ id }) => poison.includes(id))) {
      return new Response(JSON.stringify({ code: 'x', title: '不行', detail: '时间有误' }), { status: answer, headers: { 'Content-Type': 'application/problem+json' } })
    }
    return new Response(JSON.stringify({ items: scans.map(({ id }) => scanned(id)) }), { headers: { 'Content-Type': 'application/json' } })
  })
  return lots
}

describe('scans that wait', () => {
  afterEach(() => localStorage.clear())

  it('lie here until they are dropped, of each salon its own, and nothing else passes for one', () => {
    const page = effectScope()
    const { scans, keep, drop } = page.run(() => useKept('s')) as Store
    localStorage.setItem('wuwei.scan.s.rubbish', '{"id":1}')
    localStorage.setItem('wuwei.scan.s.broken', '{')
    localStorage.setItem('wuwei.scan.other.1', '{}')
    keep(kept('22'))
    keep(kept('1'))
    expect(scans.value.map(({ id }) => id)).toEqual(['1', '22'])
    expect(page.run(() => useKept('s').scans.value)).toHaveLength(2)
    expect(elsewhere('s')).toEqual([{ salon: 'other', count: 1 }])
    drop(['1'])
    expect(scans.value.map(({ id }) => id)).toEqual(['22'])
    page.stop()
  })

  it('are sent device by device', async () => {
    const lots = server()
    const taken: string[] = []
    const sent = await sendAll('s', [kept('1'), kept('22', '东门'), kept('333')], (ids) => taken.push(...ids))
    expect(lots).toEqual([['1', '333'], ['22']])
    expect(taken).toEqual(['1', '333', '22'])
    expect(sent).toMatchObject({ problem: null, refused: [] })
    expect(sent.answers).toHaveLength(3)
  })

  it('are not held up by one that the server does not take', async () => {
    server(['22'])
    const taken: string[] = []
    const sent = await sendAll('s', [kept('1'), kept('22'), kept('333'), kept('4444')], (ids) => taken.push(...ids))
    expect(taken).toEqual(['1', '333', '4444'])
    expect(sent.refused).toMatchObject([{ id: '22', problem: '时间有误' }])
  })

  it('stay here where the server is out of reach', async () => {
    server(['1'], 503)
    const taken: string[] = []
    const sent = await sendAll('s', [kept('1'), kept('22', '东门')], (ids) => taken.push(...ids))
    expect(taken).toEqual([])
    expect(sent.problem?.status).toBe(503)
  })
})
