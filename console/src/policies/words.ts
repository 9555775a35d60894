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

export const LEVELS: Readonly<Record<string, string>> = { national: '国家', province: '省', city: '市', county: '区县' }

export const ACTIONS: Readonly<Record<string, string>> = {
  policies: '政策扶微',
  financing: '金融惠微',
  supervision: '监管护微',
  assistance: '服务暖微',
}

export const VERIFICATIONS: Readonly<Record<string, string>> = {
  law_text: '已对照全文核对',
  excerpt: '已对照存档页摘录核对',
  partial: '部分核对',
}

export const CATEGORIES: readonly string[] = [
  '税费', '金融', '就业', '创业', '产业', '培育', '资质', '质量', '知识产权', '费用', '权益', '监管', '综合',
]

export const REGIONS: Readonly<Record<string, string>> = {
  '000000': '全国',
  '330000': '浙江省',
  '330500': '湖州市',
  '330502': '吴兴区',
  '330503': '南浔区',
  '330521': '德清县',
  '330522': '长兴县',
  '330523': '安吉县',
  '3305NTH': '湖州南太湖新区',
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

export function named(words: Readonly<Record<string, string>>, code: string | null | undefined): string {
  return code ? (words[code] ?? code) : UNKNOWN
}
