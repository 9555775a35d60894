/** The keys that move, copy, nest and remove a part of a rule while it has the focus. */

import { type Act, useDesk } from './useRule'

const KEYS: Readonly<Record<string, Act>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowRight: 'nest',
  ArrowLeft: 'lift',
  d: 'copy',
  D: 'copy',
}

export function usePartKeys(id: () => string, isFixed: () => boolean = () => false): { onKey: (event: KeyboardEvent) => void } {
  const desk = useDesk()
  return {
    onKey(event) {
      if (isFixed()) return
      const act = event.altKey ? KEYS[event.key] : event.key === 'Delete' ? 'remove' : undefined
      if (!act) return
      event.preventDefault()
      event.stopPropagation()
      desk.act(act, id())
    },
  }
}
