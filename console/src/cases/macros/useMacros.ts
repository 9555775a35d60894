/** Macros that can be used, what one would do to cases, and what it did; ten minutes to take it back. */

import { useQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef, onScopeDispose, ref, type Ref } from 'vue'

import { api, ask, intention, type ItemOf, type Schemas } from '@/api/client'
import { asProblem, type Problem } from '@/api/problem'

export type Macro = ItemOf<'/api/staff/v1/case-macros'>
export type Preview = Schemas['PreviewOut']
export type Outcome = Preview['items'][number]
export interface Wanted {
  id: string
  version: number
}

const BASE = '/api/staff/v1/case-macros'
const UNDONE_WITHIN = 10 * 60_000

export function useMacros() {
  return useQuery({ queryKey: ['case-macros'], queryFn: ({ signal }) => ask(api.GET(BASE, { signal })) })
}

/** What the reader is told of a run for many cases. */
export function summary(items: readonly Pick<Outcome, 'refusal'>[], verb: string): string {
  const refused = items.filter(({ refusal }) => refusal !== null).length
  if (items.length === 1) return refused ? `不能${verb}，一步都不会办理。` : ''
  return refused ? `${items.length - refused} 件可以${verb}，${refused} 件不能。` : `${items.length} 件都可以${verb}。`
}

interface Using {
  preview: Ref<Preview | null>
  results: Ref<readonly Outcome[] | null>
  undone: Ref<ReadonlySet<string>>
  problem: Ref<Problem | null>
  isBusy: Ref<boolean>
  /** Whether it can be used on at least one of the cases. */
  isUsable: ComputedRef<boolean>
  mayUndo: Ref<boolean>
  look: (macro: string, cases: readonly Wanted[]) => Promise<void>
  use: (macro: string, cases: readonly Wanted[]) => Promise<void>
  undo: (run: string) => Promise<void>
}

export function useMacroRun(renew: () => Promise<unknown>): Using {
  const preview = ref<Preview | null>(null)
  const results = ref<readonly Outcome[] | null>(null)
  const undone = ref<ReadonlySet<string>>(new Set())
  const problem = ref<Problem | null>(null)
  const isBusy = ref(false)
  const mayUndo = ref(false)
  const intended = intention()
  let looked = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  async function tried(act: () => Promise<void>): Promise<void> {
    isBusy.value = true
    problem.value = null
    try {
      await act()
    } catch (error) {
      problem.value = asProblem(error)
    } finally {
      isBusy.value = false
    }
  }

  const look = (macro: string, cases: readonly Wanted[]): Promise<void> =>
    tried(async () => {
      preview.value = null
      const mine = ++looked
      const told = await ask(api.POST(`${BASE}/{macro_id}/preview`, { params: { path: { macro_id: macro } }, body: { case_ids: cases.map(({ id }) => id) } }))
      if (mine === looked) preview.value = told // another one may have been chosen meanwhile
    })

  const use = (macro: string, cases: readonly Wanted[]): Promise<void> =>
    tried(async () => {
      if (preview.value === null) return
      const possible = new Set(preview.value.items.filter(({ refusal }) => refusal === null).map((one) => one.case_id))
      const body = { version: preview.value.version, cases: cases.filter(({ id }) => possible.has(id)).map(({ id, version }) => ({ id, version })) }
      const told = await ask(api.POST(`${BASE}/{macro_id}/apply`, { params: { path: { macro_id: macro } }, headers: intended(body), body }))
      results.value = told.items
      mayUndo.value = told.items.some(({ run_id: run }) => run !== null)
      timer = setTimeout(() => (mayUndo.value = false), UNDONE_WITHIN)
      await renew()
    })

  const undo = (run: string): Promise<void> =>
    tried(async () => {
      await ask(api.POST('/api/staff/v1/case-macro-runs/{run_id}/undo', { params: { path: { run_id: run } } }))
      undone.value = new Set([...undone.value, run])
      await renew()
    })

  onScopeDispose(() => clearTimeout(timer))
  const isUsable = computed(() => preview.value?.items.some(({ refusal }) => refusal === null) ?? false)
  return { preview, results, undone, problem, isBusy, isUsable, mayUndo, look, use, undo }
}
