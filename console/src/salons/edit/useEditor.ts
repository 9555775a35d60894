/** Writing a salon: what it begins with, and saving over somebody else's change. */

import { computed, type ComputedRef, ref, type Ref, shallowRef } from 'vue'

import { api, ask, ifMatch, type Made, type Once } from '@/api/client'
import { asProblem, type WrongField } from '@/api/problem'
import { useWords } from '@/api/words'
import { differing, saveOrAsk } from '@/components/conflict'
import { type Form, useForm } from '@/components/form'
import { useSession } from '@/session/store'

import { fetchSalon, PATH, type Salon, useRenewal, useSeries } from '../useSalons'
import { blank, check, contentOf, type Draft, draftOf, FIELDS, LABELS } from './draft'
import { told } from './told'
import { useOffices } from './useOffices'

type Handled = Made<typeof PATH>

export interface Editor {
  form: Form<Draft>
  /** What the server said about the rule, place by place. */
  refusals: ComputedRef<readonly WrongField[]>
  /** Counts how often another text took the place of this one. */
  replaced: Ref<number>
  save: () => Promise<string | null>
}

/** Where somebody may hold salons, as far as his grants leave no choice. */
function place(): { district: string; unit: string } {
  const { me } = useSession()
  const grants = me?.grants ?? []
  const districts = new Set(grants.flatMap((one) => (one.districts.length > 0 ? one.districts : [''])))
  return { district: districts.size === 1 ? ([...districts][0] ?? '') : '', unit: me?.unit_id ?? '' }
}

export function useEditor(salon: Salon | undefined): Editor {
  const renew = useRenewal()
  const { word } = useWords()
  const { series } = useSeries()
  const offices = useOffices(() => ({ id: salon?.unit_id, name: salon?.unit }))
  const names = computed(() => ({ word, of: [...series.value.map(({ id: one, title }) => [one, title] as const), ...offices.value] }))
  const read = shallowRef(salon)
  const id = ref(salon?.id ?? '')
  const version = ref(salon?.version ?? 0)
  const wrongRule = shallowRef<readonly WrongField[]>([])
  const replaced = ref(0)
  const form = useForm<Draft>({ initial: salon ? draftOf(salon) : blank(place()), fields: FIELDS, check, send })

  async function send(values: Draft, once: Once): Promise<boolean> {
    wrongRule.value = []
    try {
      const content = contentOf(values, read.value) as never // the schema of rules refers to itself: its type is none
      const done = id.value ? await replace(values, once) : await ask(api.POST(PATH, { body: content, headers: once }))
      if (!done) return false
      id.value = done.id
      version.value = done.version
    } catch (error) {
      wrongRule.value = asProblem(error).fields.filter((one) => one.path.startsWith('rule'))
      throw error
    }
    await renew(id.value)
    return true
  }

  function replace(values: Draft, headers: Once): Promise<Handled | null> {
    return saveOrAsk<Salon, Handled>({
      version: version.value,
      save: (at) => ask(api.PUT(`${PATH}/{salon_id}`, { headers, body: contentOf(values, read.value) as never, params: { path: { salon_id: id.value }, header: ifMatch(at) } })),
      latest: async () => {
        const value = await fetchSalon(id.value)
        read.value = value // a form that went out meanwhile is fixed
        return { version: value.version, value }
      },
      differences: (theirs) => {
        const other = draftOf(theirs)
        return differing(FIELDS.map((name) => [LABELS[name], told(values, name, names.value), told(other, name, names.value)] as const))
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
