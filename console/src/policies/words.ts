/** What policies' codes are called. */

import type { Tone } from '@/components/StateTag.vue'

interface Word {
  label: string
  tone: Tone
}

/** Of the states of versions; their words are the API's. */
export const TONES: Readonly<Record<string, Tone>> = {
  in_review: 'wait',
  scheduled: 'brand',
  published: 'good',
  withdrawn: 'bad',
}

export const VERDICTS: Readonly<Record<string, Word>> = {
  yes: { label: '满足', tone: 'good' },
  no: { label: '不满足', tone: 'bad' },
  unknown: { label: '不能判断', tone: 'wait' },
}

/** Of what must not be: the API answers for its denial. */
export const DENIED_VERDICTS: Readonly<Record<string, Word>> = {
  yes: { label: '没有这种情形', tone: 'good' },
  no: { label: '有这种情形', tone: 'bad' },
  unknown: { label: '不能判断', tone: 'wait' },
}

/** What a whole policy is for one enterprise; never more than "may". */
export const ANSWERS: Readonly<Record<string, Word>> = {
  yes: { label: '可能符合', tone: 'good' },
  no: { label: '目前不符合', tone: 'bad' },
  unknown: { label: '缺少信息', tone: 'wait' },
}

export const BECAUSE: Readonly<Record<string, string>> = {
  missing: '没有这项信息',
  stale: '信息已过有效期',
  source: '信息来源不被这一条认可',
}

export const UNKNOWN = '未登记'
