/** Writing an edition: what it begins with, and saving over somebody else's change. */

import { computed, type ComputedRef, ref, type Ref, shallowRef } from 'vue'

import { api, ask, ifMatch, type Made, type Once } from '@/api/client'
import { asProblem, type WrongField } from '@/api/problem'
import { useWords } from '@/api/words'
import { saveOrAsk } from '@/components/conflict'
import { type Form, useForm } from '@/components/form'
import type { Facts } from '@/policies/rule/facts'

import { fetchProduct, type Product, useRenewal } from '../useFinancing'
import { blank, check, contentOf, differences, type Draft, draftOf, FIELDS } from './draft'

type Handled = Made<'/api/staff/v1/financing-products'>
const PATH = '/api/staff/v1/financing-products'

export interface Editor {
  form: Form<Draft>
  /** What the server said about the rule, place by place. */
  refusals: ComputedRef<readonly WrongField[]>
  /** Counts how often another text took the place of this one. */
  replaced: Ref<number>
  save: () => Promise<string | null>
}

/** Where a change begins: the draft, else what came out last. */
function initial(product: Product | undefined): Draft {
  const newest = product?.editions[0]
  return newest ? draftOf(newest) : blank()
}

export function useEditor(product: Product | undefined, facts: ComputedRef<Facts>): Editor {
  const renew = useRenewal()
  const { word } = useWords()
  const id = ref(product?.id ?? '')
  const version = ref(product?.version ?? 0)
  const wrongRule = shallowRef<readonly WrongField[]>([])
  const replaced = ref(0)

  const form = useForm<Draft>({ initial: initial(product), fields: FIELDS, check, send })

  async function send(values: Draft, once: Once): Promise<boolean> {
    wrongRule.value = []
    try {
      const done = id.value ? await replace(values, once) : await begin(values, once)
      if (!done) return false
      id.value = done.id
      version.value = done.version
    } catch (error) {
      wrongRule.value = asProblem(error).fields.filter((one) => one.path.startsWith('rule'))
      throw error
    }
    await renew()
    return true
  }

  // `never`: the schema of rules refers to itself, and the types made from it come out as nothing at all
  const begin = (values: Draft, headers: Once): Promise<Handled> => ask(api.POST(PATH, { headers, body: { ...contentOf(values), institution_id: values.institution_id } as never }))

  function replace(values: Draft, headers: Once): Promise<Handled | null> {
    return saveOrAsk<Product, Handled>({
      version: version.value,
      save: (at) => ask(api.PUT(`${PATH}/{product_id}`, { headers, body: contentOf(values) as never, params: { path: { product_id: id.value }, header: ifMatch(at) } })),
      latest: async () => {
        const now = await fetchProduct(id.value)
        return { version: now.version, value: now }
      },
      differences: (theirs) => (theirs.editions[0] ? differences(values, theirs.editions[0], word, facts.value) : []),
      take: (theirs, at) => {
        version.value = at
        form.reset(initial(theirs))
        replaced.value += 1
      },
    })
  }

  return { form, refusals: computed(() => wrongRule.value), replaced, save: async () => ((await form.submit()) ? id.value : null) }
}
