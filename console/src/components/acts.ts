/** The acts of a page that shows one thing: which of them is being written, and what is asked before the others. */

import { nextTick, ref, type Ref, useTemplateRef, watch } from 'vue'

import { type Act, confirmAct } from './confirm'
import { mayLeave } from './form'
import { tell } from './tell'

interface Desk<Written extends string, Asked extends string> {
  /** Whose page it is: another one's begins with no form open. */
  id: Readonly<Ref<string>>
  isWritten: (act: Written | Asked) => act is Written
  question: (act: Asked) => Act & { done: string }
  renew: () => Promise<unknown>
}

/**
 * One act at a time: a written one opens its form (`writing`), the others are asked in a dialog; a form with unsaved words
 * is asked about first. What the page calls `ref="bar"` holds the buttons and has the focus back when a form closes.
 */
export function useActs<Written extends string, Asked extends string>({ id, isWritten, question, renew }: Desk<Written, Asked>) {
  const writing = ref(null) as Ref<Written | null>
  const bar = useTemplateRef<{ focus: () => void }>('bar')

  watch(id, () => (writing.value = null))

  async function begin(act: Written | Asked): Promise<void> {
    if (!(await mayLeave())) return
    writing.value = null
    if (isWritten(act)) {
      await nextTick() // another form, not the old one's values
      writing.value = act
      return
    }
    const asked = question(act)
    if (!(await confirmAct(asked))) return
    tell(asked.done)
    await renew()
  }

  async function close(): Promise<void> {
    writing.value = null
    await nextTick()
    bar.value?.focus()
  }

  return { writing, begin, close }
}

/** The thing as it stands now: what was read stays read while its page is open. */
export function known<T>(one: Readonly<Ref<T | undefined>>): () => T {
  return () => {
    if (one.value === undefined) throw new Error('what was read stays read')
    return one.value
  }
}
