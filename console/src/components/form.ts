/** A form's state: what was typed stays whatever the server says, and its word on each field stands beside it. */

import { computed, type ComputedRef, nextTick, onBeforeUnmount, onMounted, reactive, type Ref, ref } from 'vue'
import { onBeforeRouteLeave, onBeforeRouteUpdate, type RouteLocationNormalized } from 'vue-router'

import { intention, isSessionEnd, type Once } from '@/api/client'
import { asProblem, type Problem, type WrongField } from '@/api/problem'

import { confirmAct } from './confirm'
import { giveBackFocus } from './focus'

export interface Form<T extends object> {
  values: T
  isBusy: Ref<boolean>
  isDirty: ComputedRef<boolean>
  /** Why the last try was refused, when it was; what belongs to a field stands there instead. */
  problem: ComputedRef<Problem | null>
  /** What is wrong with a field as it was tried; nothing once something else stands there. */
  errorOf: (path: string) => string | undefined
  submit: () => Promise<boolean>
  /** Take these values as what is kept: nothing is unsaved then. */
  reset: (values?: T) => void
}

interface Options<T extends object> {
  initial: T
  /** Sends the values; what it throws is shown, and false says that nothing was sent after all. `once` goes with what creates something: the same until it was done. */
  send: (values: T, once: Once) => Promise<unknown>
  /** What can be said before asking the server: a path with its sentence. */
  check?: (values: T) => Record<string, string | undefined>
  /** Paths that have a field on the page; a refusal of any other is told above the form. */
  fields: readonly (keyof T & string)[]
  /** Ask before leaving with unsaved values; off for sign-in and the like. */
  guard?: boolean
}

/** A word on a field, with what stood there when it was said. */
interface Said extends WrongField {
  about: string | undefined
}

export function useForm<T extends object>(options: Options<T>): Form<T> {
  const values = reactive(structuredClone(options.initial)) as T
  const kept = ref(JSON.stringify(options.initial))
  const isBusy = ref(false)
  const refusal = ref<Problem | null>(null) as Ref<Problem | null>
  const wrong = ref<readonly Said[]>([])
  let intended = intention()
  /** A refusal whose fields have no place on the page must be told above it, whatever `fields` says. */
  const isUnseen = ref(false)
  const isDirty = computed(() => JSON.stringify(values) !== kept.value)

  const said = (fields: readonly WrongField[]): Said[] => fields.map((one) => ({ ...one, about: standing(values, one.path) }))
  const belongs = (path: string): boolean => options.fields.some((one) => path === one || path.startsWith(`${one}.`))
  const problem = computed(() => {
    const told = refusal.value
    return told && !isUnseen.value && told.fields.length > 0 && told.fields.every((one) => belongs(one.path)) ? null : told
  })

  async function submit(): Promise<boolean> {
    if (isBusy.value) return false
    const sender = document.activeElement
    refusal.value = null
    isUnseen.value = false
    wrong.value = said(checked({ ...unreadable(values), ...options.check?.(values) }))
    if (wrong.value.length === 0) {
      isBusy.value = true
      try {
        if ((await options.send(values, intended(values))) === false) return false
        intended = intention()
        kept.value = JSON.stringify(values)
        isBusy.value = false
        await nextTick()
        giveBackFocus(sender) // the button could not keep it while it waited
        return true
      } catch (error) {
        const told = asProblem(error)
        refusal.value = isSessionEnd(told) ? null : told // the sign-in page says it, and what was typed waits behind it
        wrong.value = said(told.fields)
      } finally {
        isBusy.value = false
      }
    }
    await nextTick()
    if (focusFirstError()) return false
    isUnseen.value = true
    await nextTick()
    showReason(sender)
    return false
  }

  function reset(given: T = options.initial): void {
    Object.assign(values, structuredClone(given))
    kept.value = JSON.stringify(given)
    refusal.value = null
    wrong.value = []
  }

  if (options.guard ?? true) useLeaveGuard(isDirty)
  return {
    values,
    isBusy,
    isDirty,
    problem,
    errorOf: (path) =>
      wrong.value.find((one) => (one.path === path || one.path.startsWith(`${path}.`)) && one.about === standing(values, one.path))?.sentence,
    submit,
    reset,
  }
}

/** What stands at a path, as text; of a path that goes further than the values do, what it leads to. */
function standing(values: object, path: string): string | undefined {
  let found: unknown = values
  for (const name of path.split('.')) {
    if (typeof found !== 'object' || found === null) break
    found = (found as Record<string, unknown>)[name]
  }
  return JSON.stringify(found)
}

/** Half of a sign that takes two, as a cut emoji leaves it: no server can read that. */
const HALF = /\p{Surrogate}/u

/** Which texts hold what cannot be sent, by their paths. */
function unreadable(values: unknown, path = ''): Record<string, string> {
  if (typeof values === 'string') return HALF.test(values) ? { [path]: '含有残缺的字符（如半个表情符号），请删去后重新填写。' } : {}
  if (typeof values !== 'object' || values === null) return {}
  const found = Object.entries(values).map(([name, inner]) => unreadable(inner, path ? `${path}.${name}` : name))
  return Object.assign({}, ...found) as Record<string, string>
}

function checked(found: Record<string, string | undefined>): WrongField[] {
  return Object.entries(found).flatMap(([path, sentence]) => (sentence ? [{ path, code: 'checked', sentence }] : []))
}

/** Where one goes on; answers whether any field on the page is marked as wrong. */
function focusFirstError(): boolean {
  const field = document.querySelector<HTMLElement>('.el-form-item.is-error :is(input, textarea, [tabindex="0"])')
  field?.focus()
  return field !== null
}

/** No field is to be mended: the button keeps the focus, and the reason comes into sight. */
function showReason(sender: Element | null): void {
  if (!(sender instanceof HTMLElement)) return
  if (document.activeElement === document.body) sender.focus({ preventScroll: true })
  sender.closest('form')?.querySelector('.problem')?.scrollIntoView({ block: 'center' })
}

const unsaved = new Set<Readonly<Ref<boolean>>>()

/** Whether anything on the screen was typed and not saved. */
export function hasUnsaved(): boolean {
  return [...unsaved].some((one) => one.value)
}

export const LEAVING = {
  title: '有未保存的内容',
  effects: ['离开这个页面后，刚才填写而没有保存的内容会丢失。'],
  label: '放弃并离开',
  isDangerous: true,
  perform: () => Promise.resolve(),
} as const

/** Whether what is on the screen may be left: asks first when something was typed and not saved. */
export async function mayLeave(): Promise<boolean> {
  return !hasUnsaved() || confirmAct(LEAVING)
}

/** Nobody loses what he typed by a click on the menu or by closing the tab; signing out asks for itself. */
export function useLeaveGuard(isDirty: Readonly<Ref<boolean>>): void {
  const warn = (event: BeforeUnloadEvent): void => {
    if (isDirty.value) event.preventDefault()
  }
  onMounted(() => {
    addEventListener('beforeunload', warn)
    unsaved.add(isDirty)
  })
  onBeforeUnmount(() => {
    removeEventListener('beforeunload', warn)
    unsaved.delete(isDirty)
  })
  const mayGo = async (to: RouteLocationNormalized): Promise<boolean> => !isDirty.value || to.name === 'sign-in' || confirmAct(LEAVING)
  onBeforeRouteLeave(mayGo)
  // another thing on the same page; another filter or part of it is no leaving
  onBeforeRouteUpdate((to, from) => to.path === from.path || mayGo(to))
}
