/** Tones and figures as these pages show them. */

import type { Tone } from '@/components/StateTag.vue'

const KILO = 1024

/** Of registration states. */
export const TONES: Readonly<Record<string, Tone>> = { active: 'good', suspended: 'wait', revoked: 'bad', deregistered: 'bad' }

export function figure(number: number): string {
  return number.toLocaleString('zh-CN')
}

/** 850 B, 12.4 KB, 200 MB */
export function bytes(size: number): string {
  if (size < KILO) return `${size} B`
  const inKilo = size / KILO
  return inKilo < KILO ? `${tenths(inKilo)} KB` : `${tenths(inKilo / KILO)} MB`
}

function tenths(number: number): string {
  return number.toFixed(1).replace(/\.0$/, '')
}
