import { fileURLToPath } from 'node:url'

import vue from '@vitejs/plugin-vue'
import Components from 'unplugin-vue-components/vite'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import { defineConfig } from 'vitest/config'

import { precompressed } from './scripts/precompressed.ts'

const src = fileURLToPath(new URL('./src', import.meta.url))

/** A page is some twenty files, not a hundred: what most pages share comes together; the charts and a page's own come with it. */
const GROUPS = [
  { name: 'charts', test: /node_modules[\\/](?:echarts|zrender|tslib)[\\/]/, priority: 3 },
  { name: 'framework', test: /node_modules[\\/](?:vue|@vue|vue-router|@tanstack|openapi-fetch)[\\/]/, priority: 2 },
  { name: 'elements', test: /node_modules[\\/](?!markdown-it|entities|linkify-it|mdurl|uc\.micro|punycode)/, priority: 1, minShareCount: 2 },
  { name: 'shared', test: /src[\\/](?:api|components|session)[\\/]/, minShareCount: 3 },
]

export default defineConfig({
  base: '/console/',
  resolve: { alias: { '@': src } },
  plugins: [
    vue(),
    // Components of Element Plus (el-button …) and their styles come in where a template names them.
    Components({ dirs: [], dts: false, resolvers: [ElementPlusResolver({ importStyle: 'css' })] }),
    precompressed(),
  ],
  build: {
    outDir: '../miniprogram_api/built/console',
    emptyOutDir: true,
    assetsInlineLimit: 0, // the policy allows no data: addresses for scripts and styles
    modulePreload: { polyfill: false },
    target: 'es2022',
    reportCompressedSize: false,
    chunkSizeWarningLimit: 640, // the charts, which come with the first of them; tests/bundle.test.ts measures the rest
    manifest: 'manifest.json',
    cssCodeSplit: false, // some 30 KB compressed; a hundred small styles cost more in requests
    rolldownOptions: { output: { codeSplitting: { groups: GROUPS } } },
  },
  // the run-book of alerts lies beside the console
  server: { fs: { allow: ['.', '../docs'] }, proxy: { '/api': process.env['WUWEI_API'] ?? 'http://127.0.0.1:8000' } },
  test: {
    environment: 'happy-dom',
    environmentOptions: { happyDOM: { url: 'http://console.test/console/' } },
    include: ['tests/**/*.test.ts'],
    isolate: false, // a file leaves nothing behind that another would trip over, and a new world each costs seconds
    restoreMocks: true,
    server: { deps: { inline: ['element-plus'] } }, // its styles are no modules for Node
    unstubGlobals: true,
  },
})
