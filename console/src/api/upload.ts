/** Sends a file as the body of one request; only XMLHttpRequest tells how much of it has gone. */

import { csrf, judged } from './client'
import { Problem } from './problem'

const UNSENT = { code: 'unreachable', title: '网络不通', detail: '文件没有传完，请检查网络后重新上传。' }

/** Answers what the API says of the file; throws its refusal, or an AbortError when it was given up. */
export function upload<T>(address: string, file: File, progress: (part: number) => void, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const giveUp = (): void => request.abort()
    request.open('POST', address)
    request.setRequestHeader('Content-Type', 'application/octet-stream')
    request.setRequestHeader('X-CSRF-Token', csrf.get() ?? '')
    request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0)
    request.onload = () => {
      judged(new Response(request.responseText, { status: request.status }))
        .then((answer) => answer.json() as Promise<T>)
        .then(resolve, reject)
    }
    request.onerror = () => reject(new Problem(0, UNSENT))
    request.onabort = () => reject(new DOMException('given up', 'AbortError'))
    request.onloadend = () => signal?.removeEventListener('abort', giveUp)
    signal?.addEventListener('abort', giveUp)
    request.send(file)
  })
}
