/** A reason's settings as they are written, and in words. */

import type { Reason } from '../useVisits'

const HOUR = 60
const DAY = 24 * HOUR

/** 1440 → 1 天, 90 → 90 分钟, 120 → 2 小时 */
export function span(minutes: number): string {
  if (minutes > 0 && minutes % DAY === 0) return `${minutes / DAY} 天`
  return minutes > 0 && minutes % HOUR === 0 ? `${minutes / HOUR} 小时` : `${minutes} 分钟`
}

type Place = 'on_site' | 'office' | 'phone' | 'video'

export function settingsOf(one: Reason) {
  const { title, hint, legal_basis, places, duration_minutes, buffer_before, buffer_after, notice_minutes, horizon_days, change_minutes, capacity, is_open } = one
  return {
    ...{ title, hint, legal_basis, places: [...places] as Place[], duration_minutes, buffer_before, buffer_after },
    ...{ notice_minutes, horizon_days, change_minutes, capacity, is_open },
  }
}
export type Settings = ReturnType<typeof settingsOf>

export const NUMBERS = [
  ['duration_minutes', '时长（分钟）', 10, 480],
  ['buffer_before', '走访前准备（分钟）', 0, 120],
  ['buffer_after', '走访后整理（分钟）', 0, 120],
  ['notice_minutes', '至少提前（分钟）', 0, 43_200],
  ['horizon_days', '开放今后多少天', 1, 180],
  ['change_minutes', '临近取消的界限（分钟）', 0, 43_200],
  ['capacity', '可容纳的企业数', 1, 100],
] as const

const LABELS: readonly (readonly [keyof Settings, string])[] = [
  ['title', '名称'],
  ['hint', '说明'],
  ['legal_basis', '依据'],
  ['places', '方式'],
  ...NUMBERS.map(([name, label]) => [name, label] as const),
  ['is_open', '开放预约'],
]

const spelled = (value: Settings[keyof Settings]): string => (typeof value === 'boolean' ? (value ? '是' : '否') : String(value))

/** What of the settings differs, line by line. */
export function lines(mine: Settings, theirs: Settings): (readonly [string, string, string])[] {
  return LABELS.map(([name, label]) => [label, spelled(mine[name]), spelled(theirs[name])] as const)
}
