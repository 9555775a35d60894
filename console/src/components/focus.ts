/** Where the keyboard goes on when what it was in has closed, or what had the focus is gone. */

const OVER = '.el-overlay'
let last: HTMLElement | null = null

/** Remembers what of the page itself had the focus last, dialogs aside. */
export function followFocus(): void {
  document.addEventListener('focusin', ({ target }) => {
    // a dialog that closes puts the focus on the body itself
    if (target instanceof HTMLElement && target !== document.body && !target.closest(OVER)) last = target
  })
}

function isNowhere(): boolean {
  const now = document.activeElement
  // what was hidden a moment ago still counts as focused until the browser draws again
  const isHidden = now?.closest<HTMLElement>(OVER)?.style.display === 'none'
  return now === null || now === document.body || now.id === 'content' || isHidden
}

/** Back to `wanted` (else to what had the focus last) if it can take it, else to the page's top; what has it keeps it. */
export function giveBackFocus(wanted: Element | null = last): void {
  if (!isNowhere()) return
  if (wanted instanceof HTMLElement && wanted !== document.body) wanted.focus({ preventScroll: true })
  if (isNowhere()) document.getElementById('content')?.focus({ preventScroll: true })
}
