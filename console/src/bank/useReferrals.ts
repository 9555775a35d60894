/** A desk's referrals: the list, one of them as it stands, how many wait, and commands that tell what changed meanwhile. */

import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, type Ref, toValue } from 'vue'

import { api, ask, type Got, ifMatch, type ItemOf, UNATTENDED } from '@/api/client'
import { versioned } from '@/components/acting'

export type Card = ItemOf<'/api/partner/v1/referrals'>
export type Referral = Got<'/api/partner/v1/referrals/{referral_id}'>
export type Event = Referral['events'][number]

/** Where a command goes: to this referral, for the version that its clerk saw. */
export interface At {
  path: { referral_id: string }
  header: { 'If-Match': string }
}

export type Sending = <T>(send: (at: At) => Promise<T>) => Promise<T>

const TOUCHED = ['bank-referrals', 'bank-waiting', 'bank-figures', 'bank-notices', 'unread']
const WATCHED = 20_000

export function useReferral(id: MaybeRefOrGetter<string>) {
  const queries = useQueryClient()
  const query = useQuery({
    queryKey: computed(() => ['bank-referral', toValue(id)]),
    queryFn: ({ signal }) => ask(api.GET('/api/partner/v1/referrals/{referral_id}', { signal, params: { path: { referral_id: toValue(id) } } })),
  })
  const renew = (): Promise<unknown> =>
    Promise.all([['bank-referral', toValue(id)], ...TOUCHED.map((one) => [one])].map((queryKey) => queries.invalidateQueries({ queryKey })))
  return { query, one: computed(() => query.data.value), renew }
}

/** While an enterprise's data stands on the screen: whether its consent still holds, asked by the page itself. */
export function useConsentWatch(id: MaybeRefOrGetter<string>, isOpen: Ref<boolean>) {
  return useQuery({
    queryKey: computed(() => ['bank-consent', toValue(id)]),
    queryFn: async ({ signal }) => {
      const params = { path: { referral_id: toValue(id) } }
      const told = await ask(api.GET('/api/partner/v1/referrals/{referral_id}', { signal, params, headers: UNATTENDED }))
      return told.may.includes('read')
    },
    enabled: isOpen,
    refetchInterval: WATCHED,
    staleTime: 0,
  })
}

export function useWaiting() {
  return useQuery({
    queryKey: ['bank-waiting'],
    queryFn: ({ signal }) => ask(api.GET('/api/partner/v1/waiting', { signal })),
  })
}

export function sending(one: () => Referral, renew: () => Promise<unknown>): Sending {
  const send = versioned(one, renew)
  return (act) => send((version) => act({ path: { referral_id: one().id }, header: ifMatch(version) }))
}
