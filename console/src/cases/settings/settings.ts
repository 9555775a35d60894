/** What staff set of a category, as a form holds it. */

import type { Schemas } from '@/api/client'

import type { Category } from '../useCategories'

type Sent = Required<Schemas['CategorySettings']>
export interface Settings extends Omit<Sent, 'statutory_days' | 'skill'> {
  statutory_days: number | undefined
  skill: string
}

const BLANK: Settings = {
  title: '',
  hint: '',
  accept_days: 1,
  answer_days: 3,
  solution_days: 5,
  statutory_days: undefined,
  basis: '',
  pause_days: 10,
  skill: '',
  weight: 1,
  is_for_owners: false,
  position: 0,
}

export function settingsOf(one: Category | null): Settings {
  if (one === null) return { ...BLANK }
  const names = Object.keys(BLANK) as (keyof Settings)[]
  const told = Object.fromEntries(names.map((name) => [name, one[name]])) as unknown as Settings
  return { ...told, statutory_days: one.statutory_days ?? undefined, skill: one.skill ?? '' }
}

export function sent(values: Settings): Sent {
  return { ...values, statutory_days: values.statutory_days ?? null, skill: values.skill.trim() || null }
}
