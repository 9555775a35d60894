/** Files of the API: asked for like anything else, so that what is saved is the file and never a refusal. */

import { csrf, judged } from './client'
import { asProblem } from './problem'

const KEPT = 10_000 // ms until the browser has surely begun to write

/** Saves what an address answers under the name that the answer gives; throws a Problem when it is refused. */
export async function download(address: string, method: 'GET' | 'POST' = 'GET'): Promise<void> {
  const token = csrf.get()
  const headers: HeadersInit = method === 'POST' && token ? { 'X-CSRF-Token': token } : {}
  const response = await fetch(address, { method, headers, credentials: 'same-origin' }).catch((error: unknown) => {
    throw asProblem(error)
  })
  await judged(response)
  const file = await response.blob().catch((error: unknown) => {
    throw asProblem(error)
  })
  const made = URL.createObjectURL(file)
  const link = Object.assign(document.createElement('a'), { href: made, download: nameOf(response) })
  link.click()
  setTimeout(() => URL.revokeObjectURL(made), KEPT)
}

/** RFC 6266: the name in UTF-8 where there is one, else the plain one. */
function nameOf(response: Response): string {
  const told = response.headers.get('Content-Disposition') ?? ''
  const spelled = /filename\*=UTF-8''([^;]+)/i.exec(told)?.[1]
  return spelled ? decodeURIComponent(spelled) : (/filename="([^"]+)"/.exec(told)?.[1] ?? '')
}
