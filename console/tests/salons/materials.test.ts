import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, nextTick } from 'vue'

import { csrf } from '@/api/client'
import { accepted, allowed, type Use, useOf, usesFor, wrongWith } from '@/salons/files'
import { described, LINK, made, type Material, of, sent, spelled, wrong } from '@/salons/outgoing/materials'
import { type Uploads, useUploads } from '@/salons/outgoing/useUploads'
import type { Salon } from '@/salons/useSalons'

const MB = 1024 * 1024
const FILE: Material = { title: '讲义', url: '', file_id: 'f1', mime: 'application/pdf', size: 3 * MB }
const PICTURES = ['jpg', 'jpeg', 'png', 'webp']
const POSTER: Use = { what: 'poster', kinds: ['JPEG', 'PNG', 'WebP'], endings: PICTURES, max_bytes: 10 * MB }
const OUT: Use[] = [
  { what: 'material', kinds: ['PDF', 'JPEG', 'PNG'], endings: ['pdf', ...PICTURES], max_bytes: 50 * MB },
  { what: 'recording', kinds: ['MP4', 'M4A'], endings: ['mp4', 'm4a'], max_bytes: 500 * MB },
]
const A_LINK: Material = { ...LINK, title: '网页', url: 'https://example.com/a' }

describe('what is handed out', () => {
  it('keeps its files when it is read and saved again', () => {
    const materials = [
      { title: '讲义', url: '/api/public/v1/files/f1?expires=1&signature=x', file_id: 'f1', mime: 'application/pdf', size: 3 * MB },
      { title: '网页', url: 'https://example.com/a', file_id: null, mime: null, size: null },
    ]
    const read = of({ materials } as unknown as Salon)
    expect(read).toEqual([FILE, A_LINK])
    expect(sent(read)).toEqual([
      { title: '讲义', file_id: 'f1' },
      { title: '网页', url: 'https://example.com/a' },
    ])
  })

  it('needs a name each, and links an address', () => {
    const found = wrong([FILE, { ...LINK, url: 'http://example.com' }])
    expect(found['materials.0.title'] ?? found['materials.0.url']).toBeUndefined()
    expect(found['materials.1.title']).toContain('名称')
    expect(found['materials.1.url']).toContain('https')
  })

  it('names what was uploaded after its file, no longer than a name may be', () => {
    const file = { file_id: 'f2', name: `${'讲'.repeat(70)}.v2.pptx`, mime: 'application/pdf', size: 1, url: '/x' }
    expect(made(file).title).toBe('讲'.repeat(60))
    expect(described(made(file))).toBe('PDF，1 B')
  })

  it('shows another file of the same name as another', () => {
    expect(spelled([FILE])).not.toBe(spelled([{ ...FILE, file_id: 'f3', size: 3 * MB + 1 }]))
  })
})

describe('a file for a salon', () => {
  it.each([
    ['讲义.PDF', 50 * MB, undefined],
    ['讲义.pdf', 50 * MB + 1, '50 MB'],
    ['录像.mp4', 500 * MB, undefined],
    ['录像.mp4', 500 * MB + 1, '500 MB'],
    ['录像.mov', MB, '只接受'],
    ['没有扩展名', MB, '只接受'],
    ['空.pdf', 0, '空'],
  ])('%s of %d bytes', (name, size, told) => {
    const found = wrongWith({ name, size }, OUT)
    if (told === undefined) expect(found).toBeUndefined()
    else expect(found).toContain(told)
  })

  it('has its use by its name', () => {
    expect([useOf('a.m4a', OUT)?.what, useOf('a.png', OUT)?.what, useOf('a.pdf', [POSTER])]).toEqual(['recording', 'material', null])
  })

  it('may be what the API says', () => {
    const uses = usesFor({ file_uses: [POSTER, ...OUT] } as Salon, 'poster')
    expect(accepted(uses)).toBe('.jpg,.jpeg,.png,.webp')
    expect(allowed(OUT)).toBe('PDF、JPEG、PNG，每个不超过 50 MB；MP4、M4A，每个不超过 500 MB')
  })
})

class Line {
  static readonly all: Line[] = []
  upload: { onprogress?: (event: { loaded: number; total: number }) => void } = {}
  status = 0
  responseText = ''
  address = ''
  onload: () => void = () => undefined
  onabort: () => void = () => undefined

  open(_method: string, address: string): void {
    this.address = address
    Line.all.push(this)
  }
  setRequestHeader(): void {}
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

describe('files sent one after the other', () => {
  const file = (name: string): File => new File(['x'], name)
  const kept: string[] = []
  let app: ReturnType<typeof createApp>
  let uploads: Uploads

  beforeEach(() => {
    vi.stubGlobal('XMLHttpRequest', Line)
    csrf.set('token')
    Line.all.length = 0
    kept.length = 0
    app = createApp({
      setup() {
        uploads = useUploads(
          () => 's1',
          () => OUT,
          () => 3,
          (one) => kept.push(one.name),
        )
        return () => null
      },
    })
    app.mount(document.createElement('div'))
  })
  afterEach(() => {
    app.unmount()
    csrf.forget()
  })

  it('go on past one that is refused, and tell which and why', async () => {
    const done = uploads.add([file('a.pdf'), file('b.exe'), file('c.mp4'), file('d.pdf')])
    expect(uploads.current.value).toEqual({ name: 'a.pdf', nth: 1, of: 2 })
    expect(uploads.percent.value).toBe(25)
    expect(Line.all[0]?.address).toBe('/api/staff/v1/salons/s1/files?what=material&name=a.pdf')
    Line.all[0]?.answer(422, { code: 'files.damaged', title: '文件有误', detail: '文件不完整。' })
    await vi.waitFor(() => expect(Line.all).toHaveLength(2))
    expect(Line.all[1]?.address).toContain('what=recording')
    Line.all[1]?.answer(201, { file_id: 'f', name: 'c.mp4', mime: 'video/mp4', size: 1, url: '/x' })
    await done
    expect(kept).toEqual(['c.mp4'])
    expect(uploads.refused.value.map(({ name }) => name)).toEqual(['b.exe', 'd.pdf', 'a.pdf'])
    expect(uploads.refused.value.at(-1)?.why).toBe('文件不完整。')
    expect(uploads.isSending.value).toBe(false)
  })

  it('are stopped, the rest unsent and nobody blamed', async () => {
    const done = uploads.add([file('a.pdf'), file('b.pdf')])
    uploads.stop()
    await done
    await nextTick()
    expect([Line.all.length, kept.length, uploads.refused.value.length]).toEqual([1, 0, 0])
  })
})
