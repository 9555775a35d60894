/** The door of a salon: what is read goes to the server at once; while it is out of reach it is judged here and sent later. */

import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, onScopeDispose, reactive, ref, shallowRef } from 'vue'

import { api, ask, UNATTENDED } from '@/api/client'
import { asProblem, Problem } from '@/api/problem'

import { everyone, type SignUp } from '../signups/useSignUps'
import { type Kept, useKept } from './kept'
import { useEventListener } from './listen'
import { isAway, type Scan, send, sendAll, type Sent } from './sending'
import { type Bundle, canVerify, judge, type Judged } from './ticket'

export type Direction = 'in' | 'out'
export type What = Kept['what']
/** What the last scan came to; `local` is what this device makes of it by itself. */
export type Shown =
  | { kind: 'told'; scan: Scan }
  | { kind: 'local'; scan: Kept; judged: Judged | null; isAgain: boolean; way: string | undefined }
  | { kind: 'failed'; problem: Problem }

const COUNTS_EVERY = 5_000
const TRY_EVERY = 10_000
const BUNDLE_EVERY = 300_000
const A_MINUTE = 60_000
const MOST_NAMES = 2_000
/** Nothing stands against letting him in but that it could not be looked at. */
const OPEN: ReadonlySet<string> = new Set(['unverified', 'unsaid'])
const FULL = { code: 'storage_full', title: '没有记下', detail: '本机存不下扫码：浏览器存储已满或被禁用。请清理后再扫，或改用纸质签到表。' }

export function useDoor(salon: string, device: () => string) {
  const queries = useQueryClient()
  const { scans, keep, drop } = useKept(salon)
  const direction = ref<Direction>('in')
  const isOut = ref(!navigator.onLine)
  const isBusy = ref(false)
  const isSending = ref(false)
  const shown = shallowRef<Shown | null>(null)
  const sent = shallowRef<Sent | null>(null)
  const passed = new Map<string, Direction>()
  /** Being judged just now: sent by that, not with what waits. */
  const inHand = reactive(new Set<string>())
  let line = Promise.resolve()
  const key = ['salon', salon, 'attendance'] as const
  const path = { path: { salon_id: salon } }

  const counts = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => ask(api.GET('/api/staff/v1/salons/{salon_id}/attendance', { signal, headers: UNATTENDED, params: path })),
    refetchInterval: COUNTS_EVERY,
  })
  const bundle = useQuery({
    queryKey: ['salon', salon, 'bundle'],
    queryFn: async ({ signal }) => {
      const told: Bundle = await ask(api.GET('/api/staff/v1/salons/{salon_id}/check-in-bundle', { signal, headers: UNATTENDED, params: path }))
      return { told, isAble: await canVerify(told), minutesOff: Math.round((Date.now() - Date.parse(told.made_at)) / A_MINUTE) }
    },
    refetchInterval: BUNDLE_EVERY,
  })
  /** Names stay in this page's memory alone. */
  const people = useQuery({
    queryKey: ['salon', salon, 'expected'],
    queryFn: ({ signal }) => everyone(salon, { state: ['confirmed', 'attended'] }, MOST_NAMES, signal),
    refetchInterval: BUNDLE_EVERY,
    gcTime: 0,
  })
  const waiting = computed(() => scans.value.filter((one) => !one.problem && !inHand.has(one.id)))
  const refused = computed(() => scans.value.filter((one) => one.problem))

  /** One after the other, however fast they are read; each is as of when it was read. */
  function read(what: What, name = ''): Promise<void> {
    const scan: Kept = { id: crypto.randomUUID(), device: device(), direction: direction.value, scanned_at: new Date().toISOString(), what, signup: null, name }
    try {
      keep(scan) // before anything is sent, so that nothing can get lost
    } catch {
      shown.value = { kind: 'failed', problem: new Problem(0, FULL) }
      return Promise.resolve()
    }
    inHand.add(scan.id)
    line = line.then(() => take(scan))
    return line
  }

  async function take(scan: Kept): Promise<void> {
    isBusy.value = true
    try {
      shown.value = isOut.value ? await judgedHere(scan) : await judgedThere(scan)
    } finally {
      inHand.delete(scan.id)
      isBusy.value = false
    }
  }

  async function judgedThere(scan: Kept): Promise<Shown> {
    try {
      const [told] = await send(salon, scan.device, [scan])
      drop([scan.id])
      void queries.invalidateQueries({ queryKey: key })
      if (!told) throw new Error('an answer to each scan')
      if (told.signup_id && (told.outcome === 'entered' || told.outcome === 'left')) passed.set(told.signup_id, scan.direction as Direction)
      return { kind: 'told', scan: told }
    } catch (error) {
      const problem = asProblem(error)
      if (!isAway(problem)) {
        drop([scan.id])
        return { kind: 'failed', problem }
      }
      isOut.value = true
      return judgedHere(scan)
    }
  }

  async function judgedHere(scan: Kept): Promise<Shown> {
    const { what } = scan
    const by = bundle.data.value?.told
    const person = (id: string | null): Person | undefined => people.data.value?.find((one) => one.id === id)
    const judged = 'token' in what && by ? await judge(what.token, by, new Date(scan.scanned_at), (id) => person(id)?.way) : null
    const signup = 'signup_id' in what ? what.signup_id : (judged?.signup ?? null)
    const isIn = judged === null || judged.refusal === null || OPEN.has(judged.refusal)
    const isAgain = signup !== null && isIn && passed.get(signup) === scan.direction
    if (signup && isIn) passed.set(signup, scan.direction as Direction)
    const name = scan.name || person(signup)?.enterprise || ''
    const whole = { ...scan, signup, name }
    keep(whole)
    return { kind: 'local', scan: whole, judged, isAgain, way: person(signup)?.way }
  }

  /** Sends what lies here; does nothing while that is under way. */
  async function bring(): Promise<void> {
    if (isSending.value || waiting.value.length === 0) return
    isSending.value = true
    const told = await sendAll(salon, waiting.value, drop).finally(() => (isSending.value = false))
    for (const one of told.refused) keep(one)
    if (!told.problem) isOut.value = false
    else if (isAway(told.problem)) isOut.value = true
    if (told.answers.length + told.refused.length > 0 || told.problem) sent.value = told
    await queries.invalidateQueries({ queryKey: key })
  }

  /** The network is back, perhaps: whatever answers says so. */
  async function tryAgain(): Promise<void> {
    if (!navigator.onLine) return
    if (waiting.value.length > 0) await bring()
    else if (isOut.value && (await counts.refetch()).isSuccess) isOut.value = false
  }

  const timer = setInterval(() => void tryAgain(), TRY_EVERY)
  onScopeDispose(() => clearInterval(timer))
  useEventListener('online', () => void tryAgain())
  useEventListener('offline', () => (isOut.value = true))
  // a page that is loaded anew needs the network; what was read lies safe either way
  useEventListener('beforeunload', (event) => {
    if (isOut.value) event.preventDefault()
  })
  if (!isOut.value) void bring()

  const renew = (): Promise<unknown> => Promise.all([bundle.refetch(), people.refetch()])
  return { direction, isOut, isBusy, isSending, shown, sent, counts, bundle, people, waiting, refused, read, bring, drop, renew }
}

export type Door = ReturnType<typeof useDoor>
export type Person = SignUp
