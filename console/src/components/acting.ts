/** Acts on a thing that others change too: sent for the version that was read, and what happened meanwhile is told. */

import { watch } from 'vue'

import type { Once } from '@/api/client'
import { asProblem } from '@/api/problem'

import { type Form, useForm } from './form'
import { tell } from './tell'

/** Refusals that say: it no longer stands as the page shows it. */
const STALE = new Set([403, 404, 409, 412])

export type Versioned = <T>(send: (version: number) => Promise<T>) => Promise<T>

/**
 * Sends for the version that stood on the page when writing began: what the page shows anew before that, as it does
 * after an act just done, is what the writer saw. A refusal that tells of something new renews the page; the next try is
 * for what it shows then, and whoever writes keeps his words.
 */
export function versioned(one: () => { version: number }, renew: () => Promise<unknown>, hasBegun = () => true): Versioned {
  let { version } = one()
  watch(
    () => one().version,
    (shown) => {
      if (!hasBegun()) version = shown
    },
  )
  return async (send) => {
    try {
      const done = await send(version)
      version = one().version // the page may have shown it anew before the answer came
      return done
    } catch (error) {
      if (STALE.has(asProblem(error).status)) {
        await renew()
        version = one().version
      }
      throw error
    }
  }
}

interface Options<T extends object> {
  initial: T
  fields: readonly (keyof T & string)[]
  check?: (values: T) => Record<string, string | undefined>
  send: (values: T, version: number, once: Once) => Promise<unknown>
  /** Told when it was done. */
  done: string
}

interface Around {
  one: () => { version: number }
  renew: () => Promise<unknown>
  close: () => void
}

/** A form for one act: what was typed stays whatever comes back, and the page is renewed when it was done. */
export function useActing<T extends object>(options: Options<T>, { one, renew, close }: Around): Form<T> & { act: () => Promise<void> } {
  const send = versioned(one, renew, () => form.isDirty.value)
  const form: Form<T> = useForm({
    initial: options.initial,
    fields: options.fields,
    ...(options.check && { check: options.check }),
    send: (values, once) => send((version) => options.send(values, version, once)),
  })
  async function act(): Promise<void> {
    if (!(await form.submit())) return
    tell(options.done)
    close()
    await renew()
  }
  return { ...form, act }
}
