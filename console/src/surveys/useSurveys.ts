/** Surveys: the list, one of them, its audience, its results and what was answered in words. */

import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type ComputedRef, type MaybeRefOrGetter, toValue } from 'vue'

import { api, ask, type Got, type ItemOf, type Schemas, UNATTENDED } from '@/api/client'
import { chosen, useFilters } from '@/api/filters'
import { type Keyset, useKeyset } from '@/api/paging'
import type { Tone } from '@/components/StateTag.vue'

export type Survey = Got<'/api/staff/v1/surveys/{survey_id}'>
export type Question = Schemas['Question']
export type Results = Got<'/api/staff/v1/surveys/{survey_id}/results'>
export type ResultQuestion = Results['questions'][number]
export type SurveyText = ItemOf<'/api/staff/v1/surveys/{survey_id}/texts'>
type State = 'draft' | 'in_review' | 'released' | 'closed' | 'withdrawn'

export const TONES: Readonly<Record<string, Tone>> = { in_review: 'wait', released: 'brand', closed: 'good', withdrawn: 'bad' }

/** Results are looked at again this often while a survey runs; the API renews them every few answers. */
const RUNNING = 20_000

export function useSurveys(): {
  list: Keyset<ItemOf<'/api/staff/v1/surveys'>>
  filters: { state: string }
  active: ComputedRef<number>
  clear: () => void
} {
  const { filters, active, clear } = useFilters({ state: '' })
  const list = useKeyset(
    () => ['surveys', { ...filters }],
    ({ cursor, signal }) =>
      ask(
        api.GET('/api/staff/v1/surveys', {
          signal,
          params: { query: { ...(chosen(filters) as { state?: State }), cursor, limit: 30 } },
        }),
      ),
  )
  return { list, filters, active, clear }
}

export function fetchSurvey(id: string, signal?: AbortSignal): Promise<Survey> {
  return ask(api.GET('/api/staff/v1/surveys/{survey_id}', { ...(signal ? { signal } : {}), params: { path: { survey_id: id } } }))
}

export function useSurvey(id: MaybeRefOrGetter<string>) {
  const queries = useQueryClient()
  const one = useQuery({
    queryKey: computed(() => ['survey', toValue(id)]),
    queryFn: ({ signal }) => fetchSurvey(toValue(id), signal),
  })
  const refresh = async (): Promise<void> => {
    await Promise.all([
      queries.invalidateQueries({ queryKey: ['survey', toValue(id)] }),
      queries.invalidateQueries({ queryKey: ['surveys'] }),
    ])
  }
  return { one, refresh }
}

export function useAudience(survey: () => Survey) {
  return useQuery({
    queryKey: computed(() => ['survey', survey().id, 'audience', survey().version]),
    queryFn: ({ signal }) =>
      ask(api.GET('/api/staff/v1/surveys/{survey_id}/audience', { signal, params: { path: { survey_id: survey().id } } })),
    staleTime: 60_000,
  })
}

export function useResults(survey: () => Survey) {
  return useQuery({
    queryKey: computed(() => ['survey', survey().id, 'results', survey().state]),
    queryFn: ({ signal }) =>
      ask(
        api.GET('/api/staff/v1/surveys/{survey_id}/results', {
          signal,
          headers: UNATTENDED,
          params: { path: { survey_id: survey().id } },
        }),
      ),
    refetchInterval: () => (survey().state === 'released' ? RUNNING : false),
  })
}

export function useTexts(surveyId: MaybeRefOrGetter<string>, question: MaybeRefOrGetter<string>): Keyset<SurveyText> {
  return useKeyset(
    () => ['survey', toValue(surveyId), 'texts', toValue(question)],
    ({ cursor, signal }) =>
      ask(
        api.GET('/api/staff/v1/surveys/{survey_id}/texts', {
          signal,
          params: { path: { survey_id: toValue(surveyId) }, query: { question: toValue(question), cursor, limit: 30 } },
        }),
      ),
  )
}
