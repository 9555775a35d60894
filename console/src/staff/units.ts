/** The tree of units, which comes as a list: each one stands behind the one it belongs to. */

import type { Unit } from './useStaff'

type Node = Pick<Unit, 'id' | 'parent_id'>

/** A unit and all below it: where it cannot be moved to. */
export function below(units: readonly Node[], id: string): Set<string> {
  const found = new Set([id])
  for (const one of units) {
    if (one.parent_id !== null && found.has(one.parent_id)) found.add(one.id)
  }
  return found
}

/** Why a unit cannot be closed yet, in one sentence; what rests on it by grants only the server knows. */
export function obstacle(unit: Pick<Unit, 'staff' | 'children'>): string | undefined {
  const told = [
    ...(unit.staff ? [`${unit.staff} 名在岗人员`] : []),
    ...(unit.children ? [`${unit.children} 个下级单位`] : []),
  ]
  return told.length ? `还有 ${told.join('、')}，须先调整。` : undefined
}
