/** Sends a registry file as the body of one request; only XMLHttpRequest tells how much of it has gone. */

import { csrf, type ItemOf, judged } from '@/api/client'
import { Problem } from '@/api/problem'

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
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', `${ADDRESS}?${wanted.toString()}`)
    request.setRequestHeader('Content-Type', 'application/octet-stream')
    request.setRequestHeader('X-CSRF-Token', csrf.get() ?? '')
    request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0)
    request.onload = () => {
      judged(new Response(request.responseText, { status: request.status }))
        .then((answer) => answer.json() as Promise<Import>)
        .then(resolve, reject)
    }
    request.onerror = () =>
      reject(new Problem(0, { code: 'unreachable', title: '网络不通', detail: '文件没有传完，请检查网络后重新上传。' }))
    request.onabort = () => reject(new DOMException('given up', 'AbortError'))
    signal.addEventListener('abort', () => request.abort())
    request.send(file)
  })
}
