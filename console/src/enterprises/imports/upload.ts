/** Hands a registry file over. */

import type { ItemOf } from '@/api/client'
import { upload } from '@/api/upload'

export type Import = ItemOf<'/api/staff/v1/registry-imports'>

const ADDRESS = '/api/staff/v1/registry-imports'
const LONGEST_NAME = 200

export interface Sending {
  file: File
  /** The day of its data; empty for today. */
  asOf: string
}

/** What is seen before anything is sent; nothing when it may be a registry file. */
export function wrongWith(file: File | null, mostBytes: number): string | undefined {
  if (!file) return '请选择文件。'
  if (/\.xls$/i.test(file.name)) return '旧格式的 Excel（xls）须先用 Excel 另存为 xlsx。'
  if (!/\.(csv|txt|xlsx)$/i.test(file.name)) return '只接受 CSV 文件或 Excel 工作簿（xlsx）。'
  if (file.name.length > LONGEST_NAME) return `文件名请控制在 ${LONGEST_NAME} 字以内。`
  if (file.size === 0) return '文件是空的。'
  if (file.size > mostBytes) return `文件超过 ${Math.floor(mostBytes / 1024 / 1024)} MB，请拆分后分次上传。`
  return undefined
}

export function send({ file, asOf }: Sending, progress: (part: number) => void, signal: AbortSignal): Promise<Import> {
  const wanted = new URLSearchParams({ name: file.name, ...(asOf && { as_of: asOf }) })
  return upload<Import>(`${ADDRESS}?${wanted.toString()}`, file, progress, signal)
}
