/** Scans that this browser has not yet sent: written down before anything else, each under a key of its own, so that no tab loses another's. */

import { type Ref, ref } from 'vue'

import type { Schemas } from '@/api/client'

import { useEventListener } from './listen'

type ScanIn = Schemas['ScanIn']

/** What was read, with the name of the device that read it then; `problem` says why the server did not take it. */
export interface Kept extends Omit<ScanIn, 'token' | 'code' | 'signup_id'> {
  device: string
  what: { token: string } | { code: string } | { signup_id: string }
  /** Whom it concerns, where the device knows it. */
  signup: string | null
  name: string
  problem?: string
}

const PREFIX = 'wuwei.scan.'
const keyOf = (salon: string, id: string): string => `${PREFIX}${salon}.${id}`

function read(salon: string): Kept[] {
  const found = keys(`${PREFIX}${salon}.`).flatMap((key) => parsed(localStorage.getItem(key)))
  return found.sort((one, other) => one.scanned_at.localeCompare(other.scanned_at))
}

function keys(beginning: string): string[] {
  return Array.from({ length: localStorage.length }, (_, nth) => localStorage.key(nth) ?? '').filter((key) => key.startsWith(beginning))
}

/** What somebody else wrote there is no scan. */
function parsed(text: string | null): Kept[] {
  try {
    const told = JSON.parse(text ?? 'null') as Kept | null
    return told && typeof told.id === 'string' && typeof told.scanned_at === 'string' && typeof told.what === 'object' ? [told] : []
  } catch {
    return []
  }
}

/** Salons other than this one of which scans lie here unsent, with how many. */
export function elsewhere(salon: string): { salon: string; count: number }[] {
  const counts = new Map<string, number>()
  for (const key of keys(PREFIX)) {
    const of = key.slice(PREFIX.length).split('.')[0] ?? ''
    if (of !== salon) counts.set(of, (counts.get(of) ?? 0) + 1)
  }
  return [...counts].map(([one, count]) => ({ salon: one, count }))
}

export interface Store {
  scans: Ref<Kept[]>
  keep: (scan: Kept) => void
  drop: (ids: readonly string[]) => void
}

export function useKept(salon: string): Store {
  const scans = ref(read(salon)) as Ref<Kept[]>
  const renew = (): void => {
    scans.value = read(salon)
  }
  useEventListener('storage', renew)
  return {
    scans,
    keep: (scan) => {
      localStorage.setItem(keyOf(salon, scan.id), JSON.stringify(scan))
      renew()
    },
    drop: (ids) => {
      for (const id of ids) localStorage.removeItem(keyOf(salon, id))
      renew()
    },
  }
}

const DEVICE = 'wuwei.door.device'
export const LONGEST_NAME = 40

/** Two devices of one name would be taken for one: until it is given a name, each browser has its own. */
export function deviceName(): string {
  const kept = localStorage.getItem(DEVICE)
  if (kept) return kept
  const made = `设备${crypto.randomUUID().slice(0, 4).toUpperCase()}`
  localStorage.setItem(DEVICE, made)
  return made
}

export function nameDevice(name: string): void {
  localStorage.setItem(DEVICE, name)
}
