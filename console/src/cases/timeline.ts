/** The timeline as staff read it: what owner and staff share, and between it the notes that only staff see. */

import { day } from '@/components/moment'

import type { Case, Entry, Note } from './useCase'

export type Line = { at: string; key: string } & ({ entry: Entry; note?: never } | { note: Note; entry?: never })

/** Why it went to whom stands on a card of its own, with who was compared. */
const ELSEWHERE = 'assignment'

/** The newest first. */
export function lines(one: Pick<Case, 'timeline' | 'notes'>): Line[] {
  const shared = one.timeline.map((entry): Line => ({ at: entry.at, key: `e${entry.seq}`, entry }))
  const inner = one.notes.filter(({ kind }) => kind !== ELSEWHERE).map((note): Line => ({ at: note.at, key: note.id, note }))
  return [...shared, ...inner].sort((a, b) => Date.parse(b.at) - Date.parse(a.at) || place(b) - place(a))
}

const place = (line: Line): number => line.entry?.seq ?? Number.MAX_SAFE_INTEGER

export interface Missing {
  words: string
  why: string
  citation: string
}

/** What was told as missing, if that is what the entry tells. */
export function missing(entry: Entry): Missing[] {
  const { items } = entry.data
  return entry.kind === 'asked' && Array.isArray(items) ? (items as Missing[]) : []
}

const DECISIONS: Readonly<Record<string, string>> = {
  upheld: '维持答复，办结',
  again: '退回重新办理',
  closed: '决定办结',
}

type Word = (group: string, code: string | null | undefined) => string

/** What an entry says beyond its own words, each a short sentence. */
export function details(entry: Entry, word: Word): string[] {
  const told: string[] = []
  const { reason, on, days, level, because, number, nr } = entry.data
  if (entry.whom) told.push(entry.kind === 'accepted' ? '' : `→ ${entry.whom}`)
  if (entry.kind === 'asked' && typeof nr === 'number' && nr > 1) told.push(`第${nr}次告知`)
  if (entry.kind === 'paused' && typeof reason === 'string') told.push(word('case_pause', reason))
  if (typeof on === 'string') told.push(`承诺 ${day(on)} 前办结`)
  if (typeof days === 'number') told.push(`延长 ${days} 个工作日${entry.data['is_statutory'] ? '（含法定期限）' : ''}`)
  if (typeof level === 'number') told.push(`${entry.data['is_addition'] ? '追加评价：' : ''}${word('case_level', String(level))}`)
  if (typeof because === 'string' && DECISIONS[because]) told.push(DECISIONS[because])
  if (typeof number === 'string') told.push(number)
  return told.filter(Boolean)
}

/** Who did it: staff by name, the owner as himself, the clockwork as what it is. */
export function teller(entry: Pick<Entry, 'by' | 'who'>): string {
  if (entry.by === 'owner') return '经营者'
  return entry.who ?? (entry.by === 'staff' ? '工作人员' : '系统')
}
