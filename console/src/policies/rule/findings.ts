/** Which part of a rule a remark of the API is about. */

import { type Facts, lacking } from './facts'
import { leavesOf, pathsOf, type RuleNode } from './tree'

export interface Remark {
  /** The part it is about, and what of it. */
  id: string
  field: string
  sentence: string
  level: 'error' | 'warning'
  code: string
}

interface Told {
  path: string
  sentence: string
  code: string
  level?: string
}

/** Remarks of the API, each at the innermost part its path names; paths begin with `$` or, of a policy, with `rule`. */
export function located(root: RuleNode, told: readonly Told[]): Remark[] {
  const places = [...pathsOf(root)].sort(([, one], [, other]) => other.length - one.length)
  return told.map((finding) => {
    const path = finding.path.replace(/^rule/, '$')
    const [id, own] = places.find(([, place]) => isWithin(path, place)) ?? [root.id, '$']
    const level = finding.level === 'warning' ? 'warning' : 'error'
    return { id, field: path.slice(own.length).replace(/^\./, ''), sentence: finding.sentence, level, code: finding.code }
  })
}

function isWithin(path: string, place: string): boolean {
  const rest = path.slice(place.length)
  return path.startsWith(place) && (rest === '' || rest.startsWith('.') || rest.startsWith('['))
}

/** What is not filled in yet; the API need not be asked for that. */
export function incomplete(root: RuleNode, facts: Facts): Remark[] {
  return leavesOf(root).flatMap((leaf) =>
    lacking(leaf, facts).map(({ field, sentence }) => ({ id: leaf.id, field, sentence, level: 'error' as const, code: 'incomplete' })),
  )
}
