/** Writing a round of visits: what it begins with, and saving over somebody else's change. */

import { useQueryClient } from '@tanstack/vue-query'
import { computed, type ComputedRef, ref, type Ref, shallowRef } from 'vue'

import { api, ask, ifMatch, type Once } from '@/api/client'
import { asProblem, type WrongField } from '@/api/problem'
import { differing, saveOrAsk } from '@/components/conflict'
import { type Form, useForm } from '@/components/form'

import { type Campaign, fetchCampaign, PATH } from '../useCampaigns'
import { blank, check, contentOf, type Draft, draftOf, FIELDS, LABELS } from './draft'

export interface Editor {
  form: Form<Draft>
  /** What the server said about the rule, place by place. */
  refusals: ComputedRef<readonly WrongField[]>
  /** Counts how often another text took the place of this one. */
  replaced: Ref<number>
  save: () => Promise<string | null>
}

function readable(content: ReturnType<typeof contentOf>, name: keyof Draft): string {
  const value = content[name]
  return typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value, null, 1)
}

export function useEditor(campaign: Campaign | undefined): Editor {
  const queries = useQueryClient()
  const id = ref(campaign?.id ?? '')
  const version = ref(campaign?.version ?? 0)
  const wrongRule = shallowRef<readonly WrongField[]>([])
  const replaced = ref(0)

  const form = useForm<Draft>({ initial: campaign ? draftOf(campaign) : blank(), fields: FIELDS, check, send })

  async function send(values: Draft, once: Once): Promise<boolean> {
    wrongRule.value = []
    const content = contentOf(values)
    try {
      // `never`: the schema of rules refers to itself, and the types made from it come out as nothing at all
      const done = id.value ? await replace(content, once) : await ask(api.POST(PATH, { body: content as never, headers: once }))
      if (!done) return false
      id.value = done.id
      version.value = done.version
    } catch (error) {
      wrongRule.value = asProblem(error).fields.filter((one) => one.path.startsWith('rule'))
      throw error
    }
    await Promise.all([['campaign', id.value], ['campaigns']].map((queryKey) => queries.invalidateQueries({ queryKey })))
    return true
  }

  function replace(content: ReturnType<typeof contentOf>, headers: Once): Promise<Campaign | null> {
    return saveOrAsk<Campaign, Campaign>({
      version: version.value,
      save: (at) => ask(api.PUT(`${PATH}/{campaign_id}`, { headers, body: content as never, params: { path: { campaign_id: id.value }, header: ifMatch(at) } })),
      latest: async () => {
        const now = await fetchCampaign(id.value)
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

  return { form, refusals: computed(() => wrongRule.value), replaced, save: async () => ((await form.submit()) ? id.value : null) }
}
