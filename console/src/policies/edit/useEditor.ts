/** Writing a policy: what it begins with, saving over somebody else's change, handing it to the reviewer. */

import { useQueryClient } from '@tanstack/vue-query'
import { computed, type ComputedRef, nextTick, ref, type Ref, shallowRef } from 'vue'

import { api, ask, ifMatch, type Made, type Once } from '@/api/client'
import { asProblem, Problem, type WrongField } from '@/api/problem'
import { useWords } from '@/api/words'
import { type Difference, differing, saveOrAsk } from '@/components/conflict'
import { type Form, useForm } from '@/components/form'

import type { Facts } from '../rule/facts'
import { type Content, contentOf, fetchPolicy, openVersion, type Policy, policyKey } from '../usePolicy'
import { blank, checkDraft, contentOfDraft, differences, type Draft, draftOf, FIELDS } from './draft'

type Handled = Made<'/api/staff/v1/policies'>

const NOT_SAVED = { code: 'not_saved', title: '尚未保存', detail: '对方的修改还在，您填写的内容留在页面上；核对后再保存。' }

export interface Editor {
  form: Form<Draft>
  /** The word on a field, of saving or of submitting. */
  errorOf: (path: string) => string | undefined
  /** What the server said about the rule, place by place. */
  refusals: ComputedRef<readonly WrongField[]>
  /** Why it could be saved but not submitted. */
  notReady: Ref<Problem | null>
  isSubmitting: Ref<boolean>
  /** Counts how often another text took the place of this one. */
  replaced: Ref<number>
  save: () => Promise<Handled | null>
  /** Saves first; answers null while no reviewer has it. */
  submit: () => Promise<Handled | null>
  isNew: ComputedRef<boolean>
  /** Empty until it was saved once. */
  id: Readonly<Ref<string>>
}

/** Where a change begins: the open version, else what came out last. */
function initial(policy: Policy | undefined): Draft {
  const newest = policy?.versions[0]
  return newest ? draftOf(contentOf(newest)) : blank()
}

export function useEditor(policy: Policy | undefined, facts: ComputedRef<Facts>): Editor {
  const queries = useQueryClient()
  const { word } = useWords()
  const id = ref(policy?.id ?? '')
  const version = ref(policy?.version ?? 0)
  const state = ref<string>((policy && openVersion(policy)?.state) ?? '')
  const handled = shallowRef<Handled | null>(null)
  const wrongRule = shallowRef<readonly WrongField[]>([])
  const notReady = shallowRef<Problem | null>(null)
  const isSubmitting = ref(false)
  const replaced = ref(0)

  const form = useForm<Draft>({ initial: initial(policy), fields: FIELDS, check: checkDraft, send })

  async function send(values: Draft, once: Once): Promise<void> {
    wrongRule.value = []
    notReady.value = null
    handled.value = null
    try {
      await store(contentOfDraft(values), values.number, once)
    } catch (error) {
      wrongRule.value = asProblem(error).fields.filter((one) => one.path.startsWith('rule'))
      throw error
    }
    await refreshed()
  }

  // `never`: the schema of rules refers to itself, and the types made from it come out as nothing at all
  async function store(content: Content, number: string, once: Once): Promise<void> {
    if (id.value) return replace(content)
    const body = { ...content, ...(number ? { number } : {}) }
    done(await ask(api.POST('/api/staff/v1/policies', { body: body as never, headers: once })))
  }

  async function replace(content: Content): Promise<void> {
    let isTaken = false
    const saved = await saveOrAsk({
      version: version.value,
      save: (at) =>
        ask(api.PUT('/api/staff/v1/policies/{policy_id}/draft', { body: content as never, params: { path: { policy_id: id.value }, header: ifMatch(at) } })),
      latest: async () => {
        const now = await fetchPolicy(id.value)
        return { version: now.version, value: now }
      },
      differences: (theirs) => [...moved(theirs), ...differences(content, contentOfDraft(initial(theirs)), facts.value, word)],
      take: (theirs, at) => {
        isTaken = true
        version.value = at
        state.value = openVersion(theirs)?.state ?? ''
        form.reset(initial(theirs))
        replaced.value += 1
      },
    })
    if (saved) done(saved)
    else if (!isTaken) throw new Problem(412, NOT_SAVED)
  }

  /** A version that was handed to the reviewer meanwhile goes back to a draft when it is written over. */
  function moved(theirs: Policy): Difference[] {
    const [was, is] = [state.value, openVersion(theirs)?.state ?? '']
    return differing([['版本状态', `${word('policy_state', was)}（覆盖后是草稿，须重新提交审核）`, word('policy_state', is)]]).filter(() => is !== was && is !== 'draft')
  }

  async function submit(): Promise<Handled | null> {
    isSubmitting.value = true
    try {
      if (!(await form.submit()) || !handled.value) return null
      const params = { path: { policy_id: id.value }, header: ifMatch(version.value) }
      done(await ask(api.POST('/api/staff/v1/policies/{policy_id}/submit', { params })))
      await refreshed()
      return handled.value
    } catch (error) {
      notReady.value = asProblem(error)
      await refreshed()
      await nextTick()
      document.querySelector<HTMLElement>('.el-form-item.is-error :is(input, textarea)')?.focus()
      return null
    } finally {
      isSubmitting.value = false
    }
  }

  function done(told: Handled): void {
    id.value = told.id
    version.value = told.version
    state.value = told.state
    handled.value = told
  }

  async function refreshed(): Promise<void> {
    await Promise.all([
      queries.invalidateQueries({ queryKey: policyKey(id.value) }),
      queries.invalidateQueries({ queryKey: ['policies'] }),
    ])
  }

  const later = computed(() => notReady.value?.fields ?? [])
  return {
    form,
    errorOf: (path) => form.errorOf(path) ?? later.value.find((one) => one.path === path || one.path.startsWith(`${path}.`))?.sentence,
    refusals: computed(() => [...wrongRule.value, ...later.value.filter((one) => one.path.startsWith('rule'))]),
    notReady,
    isSubmitting,
    replaced,
    save: async () => ((await form.submit()) ? handled.value : null),
    submit,
    isNew: computed(() => id.value === ''),
    id,
  }
}
