/** Tones and figures as these pages show them. */

import type { Tone } from '@/components/StateTag.vue'

/** Of registration states. */
export const TONES: Readonly<Record<string, Tone>> = { active: 'good', suspended: 'wait', revoked: 'bad', deregistered: 'bad' }

export function figure(number: number): string {
  return number.toLocaleString('zh-CN')
}
