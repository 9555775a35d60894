/** What the window tells, as long as its page is open. */

import { onScopeDispose } from 'vue'

export function useEventListener<K extends keyof WindowEventMap>(name: K, heard: (event: WindowEventMap[K]) => void): void {
  addEventListener(name, heard)
  onScopeDispose(() => removeEventListener(name, heard))
}
