/** The ledger of contacts: its lines, plans, signatures, proposals to come together, and the limits it is held to. */

import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'

import { today } from '@/absences/useAbsences'
import { api, ask, type Got, type ItemOf } from '@/api/client'
import { asProblem } from '@/api/problem'
import type { Choice } from '@/api/words'
import type { Tone } from '@/components/StateTag.vue'

export type Contact = ItemOf<'/api/staff/v1/contacts'>
export type Planned = ItemOf<'/api/staff/v1/contact-plans'>
export type Approval = ItemOf<'/api/staff/v1/contact-approvals'>
export type Merge = ItemOf<'/api/staff/v1/contact-merges'>
export type Limits = Got<'/api/staff/v1/contact-settings'>
export type Side = Contact['side']

export const EACH = 30
const HOUR = 3_600_000
/** The ledger begins with the law that asked for it. */
const FIRST_YEAR = 2025

/** A service and an inspection are told apart by tone and word: nothing is both. */
export const SIDE_TONES: Readonly<Record<Side, Tone>> = { service: 'good', inspection: 'wait' }
export const STATE_TONES: Readonly<Record<string, Tone>> = {
  ...({ asked: 'wait', signed: 'good', refused: 'bad' } as const),
  ...({ proposed: 'wait', merged: 'good', planned: 'brand', done: 'good' } as const),
}

export const thisYear = (): number => Number(today().slice(0, 4))
export const years = (): number[] => Array.from({ length: thisYear() - FIRST_YEAR + 1 }, (_, at) => thisYear() - at)

export function useLimits() {
  return useQuery({
    queryKey: ['contact-limits'],
    queryFn: ({ signal }) => ask(api.GET('/api/staff/v1/contact-settings', { signal })),
    staleTime: HOUR,
  })
}

/** The kinds of one side, or of both, as the settings tell them. */
export function useKinds() {
  const limits = useLimits()
  const of = (side: Side | ''): Choice[] => (limits.data.value?.kinds ?? []).filter((one) => side === '' || one.side === side).map(({ key, title }) => [key, title])
  return { of, isPending: computed(() => limits.isPending.value) }
}

const TOUCHED = ['contacts', 'contact-plans', 'contact-approvals', 'contact-merges', 'contact-figures', 'visits', 'notices']

export function useRenewal(): () => Promise<unknown> {
  const queries = useQueryClient()
  return () => Promise.all(TOUCHED.map((key) => queries.invalidateQueries({ queryKey: [key] })))
}

/** Runs what a dialog performs; a refusal that tells of something new renews the list behind it. */
export async function renewing<T>(act: Promise<T>, renew: () => Promise<unknown>): Promise<T> {
  try {
    return await act
  } catch (error) {
    if (asProblem(error).isConflict) void renew()
    throw error
  }
}

/** 张三（吴兴分局）、李四 */
export const peopleWord = (people: Contact['people']): string => people.map(({ name, unit }) => (unit ? `${name}（${unit}）` : name)).join('、') || '—'
