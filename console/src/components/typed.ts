/** A text filter that is applied when typing pauses, and only once there is enough of it to look for. */

import { onScopeDispose, type Ref, ref, watch } from 'vue'

const PAUSE = 350

/** What stands in the field; `get` and `set` are the filter's own. */
export function useTyped(get: () => string, set: (text: string) => void, shortest = 2): Ref<string> {
  const typed = ref(get())
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(typed, (now) => {
    clearTimeout(timer)
    const text = now.trim()
    if (text.length === 0 || text.length >= shortest) timer = setTimeout(() => set(text), PAUSE)
  })
  watch(get, (now) => {
    if (now !== typed.value.trim()) typed.value = now
  })
  onScopeDispose(() => clearTimeout(timer))
  return typed
}
