/** A new version replaced the files this page was made of: load it anew, but not again and again. */

const KEY = 'wuwei.renewed'
const PAUSE = 30_000

export function renewWhenReplaced(): void {
  addEventListener('vite:preloadError', (event) => {
    if (Date.now() - Number(sessionStorage.getItem(KEY)) < PAUSE) return // it is something else: let it be told
    event.preventDefault()
    sessionStorage.setItem(KEY, String(Date.now()))
    location.reload()
  })
}
