import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { csrf, watch } from '@/api/client'
import { Problem } from '@/api/problem'
import { send, wrongWith } from '@/enterprises/imports/upload'
import { share } from '@/enterprises/imports/useImports'

const named = (name: string, text = 'x'): File => new File([text], name)

describe('a file is looked at before it is sent', () => {
  it.each([
    ['登记.csv', undefined],
    ['登记.XLSX', undefined],
    ['登记.xls', '另存为 xlsx'],
    ['登记.pdf', '只接受'],
    ['登记', '只接受'],
  ])('%s', (name, told) => {
    const wrong = wrongWith(named(name), 100)
    if (told === undefined) expect(wrong).toBeUndefined()
    else expect(wrong).toContain(told)
  })

  it('is neither missing, empty nor too large', () => {
    expect(wrongWith(null, 100)).toContain('请选择')
    expect(wrongWith(named('a.csv', ''), 100)).toContain('空')
    expect(wrongWith(named('a.csv', 'x'.repeat(101)), 100)).toContain('拆分')
    expect(wrongWith(named('a.csv', 'x'.repeat(100)), 100)).toBeUndefined()
  })
})

describe('how far an import got', () => {
  it.each([
    [0, 10, 0],
    [5, 10, 0.5],
    [12, 10, 1],
    [0, 0, 0],
  ])('%d of %d', (read, size, part) => {
    expect(share({ bytes_read: read, size_bytes: size })).toBe(part)
  })
})

class Line {
  static last: Line
  upload: { onprogress?: (event: { loaded: number; total: number }) => void } = {}
  headers: Record<string, string> = {}
  status = 0
  responseText = ''
  address = ''
  onload: () => void = () => undefined
  onerror: () => void = () => undefined
  onabort: () => void = () => undefined

  constructor() {
    Line.last = this
  }
  open(_method: string, address: string): void {
    this.address = address
  }
  setRequestHeader(name: string, value: string): void {
    this.headers[name] = value
  }
  send(): void {
    this.upload.onprogress?.({ loaded: 1, total: 4 })
  }
  abort(): void {
    this.onabort()
  }
  answer(status: number, body: object): void {
    this.status = status
    this.responseText = JSON.stringify(body)
    this.onload()
  }
}

describe('sending', () => {
  beforeEach(() => {
    vi.stubGlobal('XMLHttpRequest', Line)
    csrf.set('token')
  })
  afterEach(() => csrf.forget())

  const begin = (asOf = '', giveUp = new AbortController()): { parts: number[]; sent: Promise<unknown>; giveUp: AbortController } => {
    const parts: number[] = []
    return { parts, giveUp, sent: send({ file: named('登记 11月.csv'), asOf }, (part) => parts.push(part), giveUp.signal) }
  }

  it('names the file and its day, and tells how much has gone', async () => {
    const { parts, sent } = begin('2026-11-01')
    const asked = new URL(Line.last.address, 'http://console.test')
    expect(Object.fromEntries(asked.searchParams)).toEqual({ name: '登记 11月.csv', as_of: '2026-11-01' })
    expect(Line.last.headers['X-CSRF-Token']).toBe('token')
    Line.last.answer(202, { id: 'one' })
    expect(await sent).toEqual({ id: 'one' })
    expect(parts).toEqual([0.25])
  })

  it('says why the file was refused', async () => {
    const { sent } = begin()
    Line.last.answer(422, { code: 'enterprises.file_refused', title: '填写有误', detail: '没有表头。' })
    await expect(sent).rejects.toMatchObject({ status: 422, message: '没有表头。' })
  })

  it('leads to the sign-in when the session ended meanwhile', async () => {
    const lost = vi.fn()
    watch({ lost, used: () => undefined })
    const { sent } = begin()
    Line.last.answer(401, { code: 'unauthenticated', title: '', detail: '' })
    await expect(sent).rejects.toMatchObject({ status: 401 })
    expect(lost).toHaveBeenCalledOnce()
  })

  it('tells a broken line from one that was given up', async () => {
    const broken = begin()
    Line.last.onerror()
    await expect(broken.sent).rejects.toBeInstanceOf(Problem)
    const given = begin()
    given.giveUp.abort()
    await expect(given.sent).rejects.toMatchObject({ name: 'AbortError' })
  })
})
