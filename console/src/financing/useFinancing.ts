/** What the bureau's screens of financing ask for: needs, referrals, products, institutions, rates and values. */

import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'

import { api, ask, type Got, type ItemOf } from '@/api/client'
import type { Choice } from '@/api/words'

export type Application = Got<'/api/staff/v1/financing-applications/{application_id}'>
export type Card = ItemOf<'/api/staff/v1/financing-applications'>
export type Overseen = ItemOf<'/api/staff/v1/financing-referrals'>
export type Institution = ItemOf<'/api/staff/v1/financing-institutions'>
export type Desk = Institution['desks'][number]
export type Client = ItemOf<'/api/staff/v1/financing-clients'>
export type Product = Got<'/api/staff/v1/financing-products/{product_id}'>
export type Edition = Product['editions'][number]
export type Lpr = ItemOf<'/api/staff/v1/financing-lprs'>
export type Term = ItemOf<'/api/staff/v1/financing-terms'>

const AT = '/api/staff/v1'
export const EACH = 30
const MOST = 100

/** Anew whatever an act on financing may have changed, on this page and elsewhere. */
export function useRenewal(): () => Promise<unknown> {
  const queries = useQueryClient()
  return () => Promise.all([queries.invalidateQueries({ queryKey: ['financing'] }), queries.invalidateQueries({ queryKey: ['notices'] })])
}

export function useApplication(id: MaybeRefOrGetter<string>) {
  const path = computed(() => ({ application_id: toValue(id) }))
  const key = (part: string) => computed(() => ['financing', part, toValue(id)])
  const query = useQuery({
    queryKey: key('application'),
    queryFn: ({ signal }) => ask(api.GET(`${AT}/financing-applications/{application_id}`, { signal, params: { path: path.value } })),
  })
  const overseen = useQuery({
    queryKey: key('overseen'),
    queryFn: ({ signal }) => ask(api.GET(`${AT}/financing-referrals`, { signal, params: { query: { application_id: toValue(id), limit: MOST } } })),
  })
  const offers = useQuery({
    queryKey: key('offers'),
    queryFn: ({ signal }) => ask(api.GET(`${AT}/financing-applications/{application_id}/offers`, { signal, params: { path: path.value } })),
  })
  return { query, one: computed(() => query.data.value), overseen, offers }
}

export function useInstitutions() {
  const query = useQuery({ queryKey: ['financing', 'institutions'], queryFn: ({ signal }) => ask(api.GET(`${AT}/financing-institutions`, { signal })) })
  const institutions = computed(() => query.data.value?.items ?? [])
  return { query, institutions, choices: computed<Choice[]>(() => institutions.value.map((one) => [one.id, one.name])) }
}

export function useLprs() {
  const query = useQuery({ queryKey: ['financing', 'lprs'], queryFn: ({ signal }) => ask(api.GET(`${AT}/financing-lprs`, { signal })) })
  return { query, lprs: computed(() => query.data.value?.items ?? []) }
}

export function fetchProduct(id: string, signal?: AbortSignal): Promise<Product> {
  return ask(api.GET(`${AT}/financing-products/{product_id}`, { ...(signal && { signal }), params: { path: { product_id: id } } }))
}

export function useProduct(id: MaybeRefOrGetter<string>) {
  const query = useQuery({ queryKey: computed(() => ['financing', 'product', toValue(id)]), queryFn: ({ signal }) => fetchProduct(toValue(id), signal) })
  return { query, product: computed(() => query.data.value) }
}
