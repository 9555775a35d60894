/** Writing a survey: what it begins with, and saving over somebody else's change. */

import { useQueryClient } from '@tanstack/vue-query'
import { computed, type ComputedRef, ref, type Ref, shallowRef } from 'vue'

import { api, ask, ifMatch, type Once, type Schemas } from '@/api/client'
import { asProblem, type WrongField } from '@/api/problem'
import { differing, saveOrAsk } from '@/components/conflict'
import { type Form, useForm } from '@/components/form'

import { fetchSurvey, type Survey } from '../useSurveys'
import { blank, checkDraft, contentOf, type Draft, draftOf, FIELDS, LABELS } from './draft'

type Handled = Schemas['SurveyHandledOut']

export interface Editor {
  form: Form<Draft>
  /** What the server said about the rule, place by place. */
  refusals: ComputedRef<readonly WrongField[]>
  /** Counts how often another text took the place of this one. */
  replaced: Ref<number>
  save: () => Promise<Handled | null>
}

function readable(content: ReturnType<typeof contentOf>, name: keyof Draft): string {
  const value = content[name]
  return typeof value === 'string' ? value : JSON.stringify(value, null, 1)
}

export function useEditor(survey: Survey | undefined): Editor {
  const queries = useQueryClient()
  const id = ref(survey?.id ?? '')
  const version = ref(survey?.version ?? 0)
  const handled = shallowRef<Handled | null>(null)
  const wrongRule = shallowRef<readonly WrongField[]>([])
  const replaced = ref(0)

  const form = useForm<Draft>({ initial: survey ? draftOf(survey) : blank(), fields: FIELDS, check: checkDraft, send })

  async function send(values: Draft, once: Once): Promise<boolean> {
    wrongRule.value = []
    handled.value = null
    const content = contentOf(values)
    try {
      const done = id.value ? await replace(content, once) : await ask(api.POST('/api/staff/v1/surveys', { body: content as never, headers: once }))
      if (!done) return false
      id.value = done.id
      version.value = done.version
      handled.value = done
    } catch (error) {
      wrongRule.value = asProblem(error).fields.filter((one) => one.path.startsWith('rule'))
      throw error
    }
    await Promise.all([queries.invalidateQueries({ queryKey: ['survey', id.value] }), queries.invalidateQueries({ queryKey: ['surveys'] })])
    return true
  }

  // `never`: the schema of rules refers to itself, and the types made from it come out as nothing at all
  function replace(content: ReturnType<typeof contentOf>, headers: Once): Promise<Handled | null> {
    return saveOrAsk({
      version: version.value,
      save: (at) => ask(api.PUT('/api/staff/v1/surveys/{survey_id}/draft', { headers, body: content as never, params: { path: { survey_id: id.value }, header: ifMatch(at) } })),
      latest: async () => {
        const now = await fetchSurvey(id.value)
        return { version: now.version, value: now }
      },
      differences: (theirs) => {
        const other = contentOf(draftOf(theirs))
        return differing(FIELDS.map((name) => [LABELS[name], readable(content, name), readable(other, name)] as const))
      },
      take: (theirs, at) => {
        version.value = at
        form.reset(draftOf(theirs))
        replaced.value += 1
      },
    })
  }

  return {
    form,
    refusals: computed(() => wrongRule.value),
    replaced,
    save: async () => ((await form.submit()) ? handled.value : null),
  }
}
