/** The time of day for what counts down, anew each half minute. */

import { onScopeDispose, type Ref, ref } from 'vue'

const TICK = 30_000

export function useNow(): Ref<number> {
  const now = ref(Date.now())
  const timer = setInterval(() => (now.value = Date.now()), TICK)
  onScopeDispose(() => clearInterval(timer))
  return now
}
