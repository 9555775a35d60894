/** What can be done with a part of a rule. Each act changes the tree it is given and tells whose turn it is then. */

import { find, type Group, isGroup, newGroup, newLeaf, parentOf, type GroupKind, type Leaf, type RuleNode, leavesOf } from './tree'

export function copyOf(node: RuleNode): RuleNode {
  if (!isGroup(node)) return newLeaf(structuredClone(JSON.parse(JSON.stringify(node)) as Leaf))
  return { ...newGroup(node.kind, node.parts.map(copyOf)), count: node.count }
}

function place(root: Group, id: string): { parent: Group; at: number } | null {
  const parent = parentOf(root, id)
  return parent ? { parent, at: parent.parts.findIndex((one) => one.id === id) } : null
}

/** A count can't ask for more than there is. */
export function settleCounts(node: RuleNode): void {
  if (!isGroup(node)) return
  node.count = Math.max(1, Math.min(node.count, node.parts.length))
  node.parts.forEach(settleCounts)
}

export function append(root: Group, groupId: string, part: RuleNode): string {
  const group = find(root, groupId)
  if (group && isGroup(group)) group.parts.push(part)
  return part.id
}

/** One place up or down among its neighbours; at the end it stays. */
export function shift(root: Group, id: string, by: -1 | 1): boolean {
  const found = place(root, id)
  if (!found) return false
  const { parent, at } = found
  const target = at + by
  if (target < 0 || target >= parent.parts.length) return false
  const [node] = parent.parts.splice(at, 1)
  if (node) parent.parts.splice(target, 0, node)
  return true
}

export function duplicate(root: Group, id: string): string | null {
  const found = place(root, id)
  const node = find(root, id)
  if (!found || !node) return null
  const copy = copyOf(node)
  found.parent.parts.splice(found.at + 1, 0, copy)
  return copy.id
}

/** Puts a part into a group of its own, where it stands. */
export function nest(root: Group, id: string, kind: GroupKind): string | null {
  const found = place(root, id)
  const node = found?.parent.parts[found.at]
  if (!found || !node) return null
  const group = newGroup(kind, [node])
  found.parent.parts.splice(found.at, 1, group)
  return group.id
}

/** Takes a part out of its group, to stand behind it; a group that is empty then goes. */
export function lift(root: Group, id: string): boolean {
  const found = place(root, id)
  const outer = found && place(root, found.parent.id)
  if (!found || !outer) return false
  const [node] = found.parent.parts.splice(found.at, 1)
  if (node) outer.parent.parts.splice(outer.at + 1, 0, node)
  if (found.parent.parts.length === 0) remove(root, found.parent.id)
  settleCounts(root)
  return true
}

/** Puts a part before or behind another one, anywhere but into itself. */
export function put(root: Group, id: string, targetId: string, where: 'before' | 'after' | 'into'): boolean {
  const node = find(root, id)
  const from = place(root, id)
  if (!node || !from || id === targetId || find(node, targetId)) return false
  from.parent.parts.splice(from.at, 1)
  const target = find(root, targetId)
  const to = place(root, targetId)
  if (where === 'into' && target && isGroup(target)) target.parts.push(node)
  else if (to) to.parent.parts.splice(to.at + (where === 'after' ? 1 : 0), 0, node)
  if (from.parent.parts.length === 0 && from.parent.id !== root.id) remove(root, from.parent.id)
  settleCounts(root)
  return true
}

/** Removes a part, and the groups that are empty then; returns who stands in its place, for the focus. */
export function remove(root: Group, id: string): string {
  const found = place(root, id)
  if (!found) return root.id
  const { parent, at } = found
  parent.parts.splice(at, 1)
  if (parent.parts.length === 0 && parent.id !== root.id) return remove(root, parent.id)
  settleCounts(root)
  return (parent.parts[at] ?? parent.parts[at - 1] ?? parent).id
}

/** The condition that stands before this one, in reading order: its citation is often the same. */
export function before(root: Group, id: string): Leaf | null {
  const all = leavesOf(root)
  const at = all.findIndex((one) => one.id === id)
  return all[at - 1] ?? null
}
