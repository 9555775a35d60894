/** A rule under edit: which part is open, what is wrong where, how it answers one enterprise; shared by its rows. */

import { useQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef, inject, type InjectionKey, nextTick, provide, reactive, type Ref, ref, watch } from 'vue'

import { api, ask, type Schemas } from '@/api/client'

import { type Facts, type Fact } from './facts'
import { incomplete, located, type Remark } from './findings'
import * as moves from './moves'
import type { CodeNames } from './sentence'
import { type Citation, deniedIn, find, type Group, type GroupKind, type Leaf, newGroup, newLeaf, pathsOf, type RuleNode, toJson } from './tree'
import { useCodeNames, useFacts } from './useCatalogue'

export type Checked = Schemas['CheckedOut']
export type Part = Schemas['PartOut']
type Refusal = { path: string; sentence: string; code: string }

export interface RuleDesk {
  root: Group
  facts: ComputedRef<Facts>
  usable: ComputedRef<Fact[]>
  names: ComputedRef<CodeNames>
  openId: Ref<string | null>
  /** Whether each condition says itself what it rests on. */
  isCited: boolean
  remarks: ComputedRef<Remark[]>
  remarksOf: (id: string) => Remark[]
  answerOf: (id: string) => Part | undefined
  /** Whether a condition must not hold, for it stands under a "none of these". */
  isDenied: (id: string) => boolean
  canUndo: ComputedRef<boolean>
  act: (name: Act, id: string, kind?: GroupKind) => void
  drop: (id: string, targetId: string, where: 'before' | 'after' | 'into') => void
  replace: (other: Group) => void
  undo: () => void
}

export type Act = 'up' | 'down' | 'copy' | 'nest' | 'lift' | 'remove' | 'add' | 'add_group'

const KEY: InjectionKey<RuleDesk> = Symbol('rule')
const PAUSE = 500
const MOST_UNDONE = 50

export function useDesk(): RuleDesk {
  const desk = inject(KEY)
  if (!desk) throw new Error('no rule is being edited here')
  return desk
}

function partsByPath(part: Part | undefined): Map<string, Part> {
  const found = new Map<string, Part>()
  const walk = (one: Part): void => {
    if (!found.has(one.path)) found.set(one.path, one)
    one.parts?.forEach(walk)
  }
  if (part) walk(part)
  return found
}

/** What stands where may change under a condition's feet, so the focus follows it by its id. */
async function focus(id: string): Promise<void> {
  await nextTick()
  document.querySelector<HTMLElement>(`[data-part="${id}"]`)?.focus()
}

export function provideDesk(
  root: Group,
  refusals: Ref<readonly Refusal[]>,
  enterpriseId: Ref<string>,
  cites?: Citation,
): { desk: RuleDesk; checked: ComputedRef<Checked | undefined>; isChecking: ComputedRef<boolean>; problem: ComputedRef<Error | null> } {
  const { facts, problem: lost } = useFacts()
  const names = useCodeNames(() => [root], facts)
  const openId = ref<string | null>(null)
  // a form that closes gives the focus back to its condition
  watch(openId, (now, before) => {
    if (now === null && before && find(root, before)) void focus(before)
  })
  const past = reactive<string[]>([])
  const missing = computed(() => (facts.value.size > 0 ? incomplete(root, facts.value) : []))
  const spelled = computed(() => JSON.stringify(toJson(root)))
  const settled = ref(spelled.value)
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(spelled, (now) => {
    clearTimeout(timer)
    timer = setTimeout(() => (settled.value = now), PAUSE)
  })

  const check = useQuery({
    queryKey: computed(() => ['rule-check', settled.value, enterpriseId.value]),
    queryFn: ({ signal }) =>
      ask(
        api.POST('/api/staff/v1/rules/check', {
          signal,
          // the schema of rules refers to itself, and the type made from it comes out as nothing at all
          body: { rule: JSON.parse(settled.value) as unknown, enterprise_id: enterpriseId.value || null } as never,
        }),
      ),
    enabled: computed(() => facts.value.size > 0 && missing.value.length === 0),
    placeholderData: (before) => before,
    staleTime: 60_000,
  })
  // an answer to what stood here a moment ago is about other places
  const isCurrent = computed(() => missing.value.length === 0 && settled.value === spelled.value && !check.isPlaceholderData.value)
  const checked = computed(() => (isCurrent.value ? check.data.value : undefined))
  const remarks = computed(() => {
    const lint = checked.value?.findings ?? []
    const said = new Set(lint.map((one) => one.sentence))
    const others = refusals.value.filter((one) => !said.has(one.sentence))
    return [...missing.value, ...located(root, lint), ...(missing.value.length > 0 ? [] : located(root, others))]
  })
  const answers = computed(() => partsByPath(checked.value?.why?.root))
  const paths = computed(() => pathsOf(root))
  const denied = computed(() => deniedIn(root))

  function changed(doIt: () => string | null): void {
    const kept = JSON.stringify(root)
    const next = doIt()
    if (JSON.stringify(root) !== kept) {
      past.push(kept)
      if (past.length > MOST_UNDONE) past.shift()
    }
    if (next) void focus(next)
  }

  function added(id: string, part: RuleNode): string {
    openId.value = part.kind === 'leaf' ? part.id : part.parts[0]?.id ?? null
    return moves.append(root, id, part)
  }

  const fresh = (): Leaf => newLeaf(cites ? { citation: cites } : {})

  const acts: Record<Act, (id: string, kind: GroupKind) => string | null> = {
    up: (id) => (moves.shift(root, id, -1) ? id : id),
    down: (id) => (moves.shift(root, id, 1) ? id : id),
    copy: (id) => moves.duplicate(root, id),
    nest: (id, kind) => moves.nest(root, id, kind) && id,
    lift: (id) => (moves.lift(root, id) ? id : id),
    remove: (id) => moves.remove(root, id),
    add: (id) => added(id, fresh()),
    add_group: (id, kind) => added(id, newGroup(kind, [fresh()])),
  }

  const desk: RuleDesk = {
    root,
    facts,
    names,
    openId,
    isCited: cites === undefined,
    remarks,
    usable: computed(() => [...facts.value.values()].filter((one) => !one.is_internal)),
    remarksOf: (id) => remarks.value.filter((one) => one.id === id),
    answerOf: (id) => answers.value.get(paths.value.get(id) ?? ''),
    isDenied: (id) => denied.value.has(id),
    canUndo: computed(() => past.length > 0),
    act: (name, id, kind = 'any') => changed(() => acts[name](id, kind)),
    drop: (id, targetId, where) => changed(() => (moves.put(root, id, targetId, where) ? id : null)),
    replace: (other) => changed(() => Object.assign(root, { ...other, id: root.id }).id),
    undo: () => {
      const last = past.pop()
      if (last) Object.assign(root, JSON.parse(last) as Group)
      if (openId.value && !find(root, openId.value)) openId.value = null
    },
  }
  provide(KEY, desk)
  return {
    desk,
    checked,
    isChecking: computed(() => check.isFetching.value || (missing.value.length === 0 && settled.value !== spelled.value)),
    problem: computed(() => lost.value ?? check.error.value),
  }
}
