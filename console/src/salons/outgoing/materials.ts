/** What is handed out: links, and files that were uploaded; as it is written, compared and sent. */

import type { Schemas } from '@/api/client'
import { bytes } from '@/components/bytes'

import type { SalonFile } from '../files'
import type { Salon } from '../useSalons'

/** A link has an address, a file an id: where a file opens changes every ten minutes, so that is kept elsewhere. */
export interface Material {
  title: string
  url: string
  file_id: string | null
  mime: string | null
  size: number | null
}

const LONGEST_TITLE = 60
const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^image\//, '图片'],
  [/^video\//, '录像'],
  [/^audio\//, '录音'],
  [/pdf$/, 'PDF'],
  [/word/, 'Word 文档'],
  [/excel|sheet/, 'Excel 表格'],
  [/powerpoint|presentation/, 'PowerPoint 演示文稿'],
]

export const LINK: Readonly<Material> = { title: '', url: '', file_id: null, mime: null, size: null }

export const of = (salon: Salon): Material[] =>
  salon.materials.map(({ title, url, file_id: file, mime, size }) => ({ title, url: file ? '' : url, file_id: file, mime, size }))

export const tidy = (materials: readonly Material[]): Material[] => materials.map((one) => ({ ...one, title: one.title.trim(), url: one.url.trim() }))

export const sent = (materials: readonly Material[]): Schemas['MaterialIn'][] =>
  materials.map(({ title, url, file_id: file }) => (file ? { title, file_id: file } : { title, url }))

/** What was uploaded goes by its file's name, until somebody writes another. */
export function made({ file_id: file, name, mime, size }: SalonFile): Material {
  const title = [...name.replace(/\.[^.]+$/, '')].slice(0, LONGEST_TITLE).join('')
  return { title, url: '', file_id: file, mime, size }
}

const kindOf = (mime: string | null): string => KINDS.find(([pattern]) => pattern.test(mime ?? ''))?.[1] ?? '文件'

/** PDF，1.2 MB */
export const described = ({ mime, size }: Pick<Material, 'mime' | 'size'>): string => (size === null ? kindOf(mime) : `${kindOf(mime)}，${bytes(size)}`)

/** A line each; a file by its exact size, so that another of the same name is seen to be another. */
export const spelled = (materials: readonly Material[]): string =>
  materials.map(({ title, url, file_id: file, mime, size }) => (file ? `${title}（${kindOf(mime)}，${size ?? '?'} 字节）` : `${title} ${url}`)).join('\n')

export function wrong(materials: readonly Material[]): Record<string, string | undefined> {
  return Object.fromEntries(
    materials.flatMap(({ title, url, file_id: file }, nth) => [
      [`materials.${nth}.title`, title.trim() === '' ? '请填写名称。' : undefined],
      [`materials.${nth}.url`, file || /^https:\/\/[^\s]+$/.test(url.trim()) ? undefined : '请填写以 https:// 开头的网址。'],
    ]),
  )
}
