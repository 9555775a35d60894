/** When somebody else saved first: shows both texts side by side, and nothing is overwritten unseen. */

import { shallowRef } from 'vue'

import { Problem } from '@/api/problem'

export interface Difference {
  label: string
  mine: string
  theirs: string
}

export type Choice = 'mine' | 'theirs' | 'edit'

export interface Clash {
  /** What was changed meanwhile, only the fields that differ. */
  differences: readonly Difference[]
  settle: (choice: Choice) => void
}

export const clash = shallowRef<Clash | null>(null)

/** Ask what shall count: one's own text, the other's, or to go on editing one's own first. */
export function chooseBetween(differences: readonly Difference[]): Promise<Choice> {
  clash.value?.settle('edit')
  return new Promise((resolve) => {
    clash.value = {
      differences,
      settle: (choice) => {
        clash.value = null
        resolve(choice)
      },
    }
  })
}

interface Saving<T, R> {
  /** Saves for the version that was read. */
  save: (version: number) => Promise<R>
  version: number
  /** Reads what stands there now. */
  latest: () => Promise<{ version: number; value: T }>
  differences: (theirs: T) => Difference[]
  /** Takes over the other's text when that is chosen. */
  take: (theirs: T, version: number) => void
}

/**
 * Save with If-Match; on 412 ask, unless both texts are the same. Returns what saving answered, or null when nothing
 * was saved: the form then holds the other's text, or still one's own with the old version, so that the next try asks
 * again.
 */
export async function saveOrAsk<T, R>(saving: Saving<T, R>): Promise<R | null> {
  let { version } = saving
  for (;;) {
    try {
      return await saving.save(version)
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 412) throw error
      const now = await saving.latest()
      const differences = saving.differences(now.value)
      // the same text stands there already: most often one's own, saved by a try whose answer was lost
      const choice = differences.length === 0 ? 'mine' : await chooseBetween(differences)
      if (choice === 'theirs') saving.take(now.value, now.version)
      if (choice !== 'mine') return null
      version = now.version
    }
  }
}

/** The lines of a comparison: fields whose texts differ. */
export function differing(fields: readonly (readonly [label: string, mine: string, theirs: string])[]): Difference[] {
  return fields.filter(([, mine, theirs]) => mine !== theirs).map(([label, mine, theirs]) => ({ label, mine, theirs }))
}
