/** A form for one act on a case: sends for the version that was read, and keeps what was typed whatever comes back. */

import { ifMatch, type Once } from '@/api/client'
import { useActing } from '@/components/acting'
import type { Form } from '@/components/form'

import type { At, Case } from '../useCase'

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
  const at = (version: number): At => ({ path: { case_id: props.one.id }, header: ifMatch(version) })
  return useActing(
    { ...options, send: (values, version, once) => options.send(values, at(version), once) },
    { one: () => props.one, renew: props.renew, close },
  )
}

/** Something was written at all. */
export const needed = (text: string, sentence: string): string | undefined => (text.trim() ? undefined : sentence)
