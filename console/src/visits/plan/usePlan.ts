/** When somebody visits: his own plan by himself, another's by who plans visits. */

import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'

import { api, ask, type Got, ifMatch, type Schemas } from '@/api/client'

import { useRenewal } from '../useVisits'

export type Plan = Got<'/api/staff/v1/visit-plan'>
type Week = Schemas['PlanWeek']
type Day = Schemas['PlanDay']

const OWN = '/api/staff/v1/visit-plan'
const OTHERS = '/api/staff/v1/staff/{staff_id}/visit-plan'

/** `id` is empty for one's own. */
export function usePlan(id: MaybeRefOrGetter<string>) {
  const queries = useQueryClient()
  const renewal = useRenewal()
  const of = (): { staff_id: string } => ({ staff_id: toValue(id) })
  const queryKey = computed(() => ['visit-plan', toValue(id)])

  const read = (signal?: AbortSignal): Promise<Plan> =>
    toValue(id) === ''
      ? ask(api.GET(OWN, { ...(signal && { signal }) }))
      : ask(api.GET(OTHERS, { ...(signal && { signal }), params: { path: of() } }))
  const query = useQuery({ queryKey, queryFn: ({ signal }) => read(signal) })

  async function kept(told: Promise<Plan>): Promise<Plan> {
    const plan = await told
    queries.setQueryData(queryKey.value, plan)
    void renewal()
    return plan
  }

  return {
    query,
    latest: () => read(),
    setWeek: (body: Week, version: number) =>
      kept(
        toValue(id) === ''
          ? ask(api.PUT(`${OWN}/week`, { params: { header: ifMatch(version) }, body }))
          : ask(api.PUT(`${OTHERS}/week`, { params: { path: of(), header: ifMatch(version) }, body })),
      ),
    setDay: (day: string, body: Day, version: number) =>
      kept(
        toValue(id) === ''
          ? ask(api.PUT(`${OWN}/days/{day}`, { params: { path: { day }, header: ifMatch(version) }, body }))
          : ask(api.PUT(`${OTHERS}/days/{day}`, { params: { path: { ...of(), day }, header: ifMatch(version) }, body })),
      ),
  }
}

export type Planning = ReturnType<typeof usePlan>
