/** Writes a .br and a .gz beside every text of the build, so that the API never compresses one while somebody waits. */

import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

import type { Plugin } from 'vite'

const TEXTS = /\.(js|css|html|svg)$/
const FROM = 1024

async function compress(file: string): Promise<void> {
  const body = await readFile(file)
  if (body.length < FROM) return
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: body.length }
  await Promise.all([
    writeFile(`${file}.br`, await promisify(brotliCompress)(body, { params })),
    writeFile(`${file}.gz`, await promisify(gzip)(body, { level: 9 })),
  ])
}

export function precompressed(): Plugin {
  let folder = ''
  return {
    name: 'wuwei-precompressed',
    apply: 'build',
    configResolved: (config) => {
      folder = join(config.root, config.build.outDir)
    },
    // after a build that failed there is nothing to compress, and its own error is what one wants to read
    closeBundle: async (error?: Error) => {
      if (error) return
      const names = await readdir(folder, { recursive: true })
      await Promise.all(names.filter((name) => TEXTS.test(name)).map((name) => compress(join(folder, name))))
    },
  }
}
