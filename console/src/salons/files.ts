/** Files of a salon: what may be sent for which use is seen before anything is, for a large one takes minutes. */

import type { Made } from '@/api/client'
import { upload } from '@/api/upload'

import { PATH } from './useSalons'

export type What = 'poster' | 'material' | 'recording'
export type SalonFile = Made<'/api/staff/v1/salons/{salon_id}/files'>

interface Use {
  endings: readonly string[]
  megabytes: number
  /** Of which kinds the files are, as people call them. */
  kinds: string
}

const PICTURES = ['jpg', 'jpeg', 'png', 'webp'] as const
const USES: Readonly<Record<What, Use>> = {
  poster: { endings: PICTURES, megabytes: 10, kinds: 'JPEG、PNG 或 WebP 图片' },
  material: { endings: ['pdf', 'doc', 'docx', 'xls', 'xlsx', 'ppt', 'pptx', ...PICTURES], megabytes: 50, kinds: 'PDF、Word、Excel、PowerPoint、图片' },
  recording: { endings: ['mp4', 'm4a'], megabytes: 500, kinds: 'MP4、M4A 录像和录音' },
}
const LONGEST_NAME = 200
const BYTES = 1024 * 1024

const endingOf = (name: string): string => /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? ''

/** 「PDF、…，每个不超过 50 MB；MP4、…」: what may be chosen for any of these uses. */
export const allowed = (...uses: readonly What[]): string => uses.map((what) => `${USES[what].kinds}，每个不超过 ${USES[what].megabytes} MB`).join('；')

/** The endings, for the window in which files are chosen. */
export const accepted = (...uses: readonly What[]): string => uses.flatMap((what) => USES[what].endings.map((ending) => `.${ending}`)).join(',')

/** For which of these uses a file is, by its name; null for none. */
export function useOf(name: string, ...uses: readonly What[]): What | null {
  return uses.find((what) => USES[what].endings.includes(endingOf(name))) ?? null
}

/** What is seen of a file before it is sent; nothing when it may be sent. */
export function wrongWith({ name, size }: Pick<File, 'name' | 'size'>, ...uses: readonly What[]): string | undefined {
  const what = useOf(name, ...uses)
  if (what === null) return `不支持这种文件，只接受：${allowed(...uses)}。`
  if (size === 0) return '文件是空的。'
  if (size > USES[what].megabytes * BYTES) return `文件超过 ${USES[what].megabytes} MB，请压缩或拆分后再上传。`
  return name.length > LONGEST_NAME ? `文件名请控制在 ${LONGEST_NAME} 字以内。` : undefined
}

/** Hands one over; until a salon names it, only whoever sent it can. */
export function send(salon: string, what: What, file: File, progress: (part: number) => void, signal?: AbortSignal): Promise<SalonFile> {
  const wanted = new URLSearchParams({ what, name: file.name })
  return upload<SalonFile>(`${PATH}/${salon}/files?${wanted.toString()}`, file, progress, signal)
}
