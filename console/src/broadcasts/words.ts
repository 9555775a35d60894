/** How broadcasts' states and forecasts are shown. */

import type { Tone } from '@/components/StateTag.vue'

import type { Broadcast, Outcome } from './useBroadcasts'

/** Of broadcasts' states; their words are the API's. */
export const STATE_TONES: Readonly<Partial<Record<Broadcast['state'], Tone>>> = {
  frozen: 'wait',
  release_wanted: 'wait',
  released: 'brand',
  sending: 'brand',
  paused: 'bad',
  done: 'good',
}

export const TONES: Readonly<Record<Outcome['outcome'], Tone>> = {
  reached: 'good',
  waiting: 'brand',
  inbox_only: 'wait',
  not_reached: 'bad',
  left_out: 'info',
  untold: 'info',
}

/** The forecast's parts, the surest first. */
export const FORECAST = [
  ['long_term', '微信：长期订阅'],
  ['certain', '微信：已确认的一次授权'],
  ['presumed', '微信：小程序上报的授权，可能发不出'],
  ['service', '服务号消息'],
  ['sms', '短信'],
  ['inbox_only', '只有站内消息'],
] as const

export const ACTUAL = [
  ['subscribe', '微信订阅消息送达'],
  ['service', '服务号消息送达'],
  ['sms', '短信送达'],
  ['unknown', '结果无法确认'],
  ['inbox_only', '只有站内消息'],
  ['not_told', '未通知'],
] as const

export function count(number: number): string {
  return number.toLocaleString('zh-CN')
}

/** 12.3 %, and never 100 % of something that is not all of it. */
export function share(part: number, whole: number): string {
  if (whole === 0) return '—'
  const percent = (100 * part) / whole
  const told = percent > 99.9 && part < whole ? 99.9 : percent < 0.1 && part > 0 ? 0.1 : percent
  return `${told.toFixed(1).replace(/\.0$/, '')}%`
}
