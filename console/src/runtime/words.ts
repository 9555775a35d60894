/** Durations, sizes and judgements on the figures of a running service. */

import type { Tone } from '@/components/StateTag.vue'

import type { Health } from './useRuntime'

const MINUTE = 60
const HOUR = 3600
const DAY = 86_400

/** 45 秒, 12 分钟, 3 小时, 2 天: the largest unit that says enough. */
export function lasting(seconds: number): string {
  if (seconds < 2 * MINUTE) return `${Math.round(seconds)} 秒`
  if (seconds < 2 * HOUR) return `${Math.floor(seconds / MINUTE)} 分钟`
  if (seconds < 2 * DAY) return `${Math.floor(seconds / HOUR)} 小时`
  return `${Math.floor(seconds / DAY)} 天`
}

export function size(bytes: number): string {
  const mega = bytes / 1024 ** 2
  return mega < 1024 ? `${mega.toFixed(0)} MB` : `${(mega / 1024).toFixed(1)} GB`
}

export function count(number: number): string {
  return number.toLocaleString('zh-CN')
}

export interface Tile {
  key: string
  label: string
  figure: string
  note: string
  tone: Tone
}

/** A queue is quiet, busy, or stuck by how long its oldest entry has waited; seconds. */
function queue(waiting: number, oldest: number, busy: number, stuck: number): Tone {
  if (waiting === 0) return 'good'
  return oldest >= stuck ? 'bad' : oldest >= busy ? 'wait' : 'good'
}

const waited = (number: number, oldest: number): string => (number ? `最早的已等 ${lasting(oldest)}` : '没有积压')

// The worker seals twice a minute; the count stops where it says nothing more.
const MOST_UNSEALED = 10_000
const SEAL_LATE = 5 * MINUTE
const SEAL_STUCK = HOUR

export function tiles({ outbox, messages, callbacks, imports, seals }: Health): Tile[] {
  return [
    {
      key: 'outbox',
      label: '待办队列',
      figure: count(outbox.due),
      note: waited(outbox.due, outbox.oldest_seconds),
      tone: queue(outbox.due, outbox.oldest_seconds, MINUTE, 10 * MINUTE),
    },
    {
      key: 'dead',
      label: '已搁置的待办',
      figure: count(outbox.dead),
      note: outbox.dead ? '多次失败，须人工处理' : '没有',
      tone: outbox.dead ? 'bad' : 'good',
    },
    {
      key: 'messages',
      label: '到时未发的消息',
      figure: count(messages.waiting),
      note: waited(messages.waiting, messages.oldest_seconds),
      tone: queue(messages.waiting, messages.oldest_seconds, 5 * MINUTE, HOUR),
    },
    {
      key: 'callbacks',
      label: '待处理的微信推送',
      figure: count(callbacks.waiting),
      note: waited(callbacks.waiting, callbacks.oldest_seconds),
      tone: queue(callbacks.waiting, callbacks.oldest_seconds, MINUTE, 10 * MINUTE),
    },
    {
      key: 'imports',
      label: '登记数据导入',
      figure: count(imports.running + imports.waiting),
      note: imports.running + imports.waiting ? `${imports.running} 个在导入，${imports.waiting} 个在等` : '没有',
      tone: 'good',
    },
    {
      key: 'seals',
      label: '待封存的审计记录',
      figure: seals.unsealed > MOST_UNSEALED ? `${count(MOST_UNSEALED)} 以上` : count(seals.unsealed),
      note: waited(seals.unsealed, seals.lag_seconds),
      tone: queue(seals.unsealed, seals.lag_seconds, SEAL_LATE, SEAL_STUCK),
    },
  ]
}
