/** Files of a salon: what may be sent for which use is seen before anything is, for a large one takes minutes. */

import type { Made } from '@/api/client'
import { upload } from '@/api/upload'
import { bytes } from '@/components/bytes'

import { PATH, type Salon } from './useSalons'

/** What the API takes for a use: kinds as people call them, endings of names, and how large. */
export type Use = Salon['file_uses'][number]
export type What = Use['what']
export type SalonFile = Made<'/api/staff/v1/salons/{salon_id}/files'>

const LONGEST_NAME = 200

const endingOf = (name: string): string => /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? ''

export const usesFor = (one: Salon, ...wanted: readonly What[]): Use[] => one.file_uses.filter(({ what }) => wanted.includes(what))

/** 「PDF、…，每个不超过 50 MB；MP4、…」: what may be chosen for any of these uses. */
export const allowed = (uses: readonly Use[]): string => uses.map(({ kinds, max_bytes: most }) => `${kinds.join('、')}，每个不超过 ${bytes(most)}`).join('；')

/** The endings, for the window in which files are chosen. */
export const accepted = (uses: readonly Use[]): string => uses.flatMap(({ endings }) => endings.map((ending) => `.${ending}`)).join(',')

/** For which of these uses a file is, by its name; null for none. */
export function useOf(name: string, uses: readonly Use[]): Use | null {
  return uses.find(({ endings }) => endings.includes(endingOf(name))) ?? null
}

/** What is seen of a file before it is sent; nothing when it may be sent. */
export function wrongWith({ name, size }: Pick<File, 'name' | 'size'>, uses: readonly Use[]): string | undefined {
  const use = useOf(name, uses)
  if (use === null) return `不支持这种文件，只接受：${allowed(uses)}。`
  if (size === 0) return '文件是空的。'
  if (size > use.max_bytes) return `文件超过 ${bytes(use.max_bytes)}，请压缩或拆分后再上传。`
  return name.length > LONGEST_NAME ? `文件名请控制在 ${LONGEST_NAME} 字以内。` : undefined
}

/** Hands one over; until a salon names it, only whoever sent it can. */
export function send(salon: string, what: What, file: File, progress: (part: number) => void, signal?: AbortSignal): Promise<SalonFile> {
  const wanted = new URLSearchParams({ what, name: file.name })
  return upload<SalonFile>(`${PATH}/${salon}/files?${wanted.toString()}`, file, progress, signal)
}
