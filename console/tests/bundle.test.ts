/** The first load stays small: what a browser fetches before the sign-in page or the inbox shows, without charts. */
// @vitest-environment node

import { existsSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

import { beforeAll, describe, expect, it } from 'vitest'

interface Chunk {
  file: string
  imports?: string[]
  css?: string[]
  isEntry?: boolean
}

const BUILT = new URL('../../miniprogram_api/built/console/', import.meta.url)
const LIMIT = 300 * 1024

let manifest: Record<string, Chunk> = {}

/** Every file that must be there before the given chunks run. */
function files(names: readonly string[]): Set<string> {
  const found = new Set<string>(['index.html'])
  const seen = new Set<string>()
  const visit = (name: string): void => {
    const chunk = manifest[name]
    if (!chunk || seen.has(name)) return
    seen.add(name)
    for (const file of [chunk.file, ...(chunk.css ?? [])]) found.add(file)
    for (const one of chunk.imports ?? []) visit(one)
  }
  names.forEach(visit)
  return found
}

function size(names: readonly string[]): number {
  return [...files(names)].reduce((sum, file) => sum + gzipSync(readFileSync(new URL(file, BUILT))).length, 0)
}

beforeAll(() => {
  const file = new URL('manifest.json', BUILT)
  if (!existsSync(file)) throw new Error('the console is not built: make console')
  manifest = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Chunk>
})

describe('the first load', () => {
  // the sign-in page comes with the frame: it must be there when a session ends under somebody's work
  it.each(['index.html', 'src/notices/NoticesPage.vue'])('of %s stays under 300 KB gzip', (page) => {
    expect(manifest[page]).toBeDefined()
    expect(manifest['style.css']).toBeDefined()
    expect(size(['index.html', 'style.css', page])).toBeLessThan(LIMIT)
  })

  it('brings no chart and no Markdown', () => {
    const names = [...files(['index.html', 'src/notices/NoticesPage.vue'])].join(' ')
    expect(names).not.toMatch(/charts|markdown/i)
  })
})
