/** A form for one act on a case: sends for the version that was read, and keeps what was typed whatever comes back. */

import type { Once } from '@/api/client'
import { type Form, useForm } from '@/components/form'
import { tell } from '@/components/tell'

import { type At, type Case, sending } from '../useCase'

export interface ActProps {
  one: Case
  renew: () => Promise<unknown>
}

interface Options<T extends object> {
  initial: T
  fields: readonly (keyof T & string)[]
  check?: (values: T) => Record<string, string | undefined>
  send: (values: T, at: At, headers: Once) => Promise<unknown>
  done: string
}

export function useActForm<T extends object>(props: ActProps, options: Options<T>, close: () => void): Form<T> & { act: () => Promise<void> } {
  const send = sending(() => props.one, props.renew)
  const form = useForm({
    initial: options.initial,
    fields: options.fields,
    ...(options.check && { check: options.check }),
    send: (values, headers) => send((at) => options.send(values, at, headers)),
  })
  async function act(): Promise<void> {
    if (!(await form.submit())) return
    tell(options.done)
    close()
    await props.renew()
  }
  return { ...form, act }
}

/** Something was written at all. */
export const needed = (text: string, sentence: string): string | undefined => (text.trim() ? undefined : sentence)
