/** A year's loans against patents and trademarks as facts: beside the target that was set, and how they are counted. */

import type { Got } from '@/api/client'
import type { Fact } from '@/components/FactList.vue'

import { grouped, trimmed } from '../parts/money'

export type Pledges = Got<'/api/staff/v1/financing-ip-pledges'>
const OPS: Readonly<Record<string, string>> = { '>=': '不低于', '<=': '不超过' }

export function pledgeFacts(told: Pledges): Fact[] {
  return [
    { key: 'loans', label: '笔数和金额', value: `${told.loans} 笔，放款合计 ${grouped(told.drawn_wan)} 万元` },
    { key: 'value', label: told.name, value: `${trimmed(told.value)} ${told.unit}` },
    { key: 'target', label: '目标', value: `${OPS[told.op] ?? told.op} ${trimmed(told.target)} ${told.unit}`, note: `${told.target_year} 年的目标` },
    told.reached_percent === null
      ? { key: 'reached', label: '完成目标', value: '不计算', note: `${told.year} 年没有公布的目标，${told.target_year} 年的仅供参照。` }
      : { key: 'reached', label: '完成目标', value: `${trimmed(told.reached_percent)}%` },
    { key: 'counts', label: '统计口径', value: told.counts },
    { key: 'leaves-out', label: '不包括', value: told.leaves_out },
  ]
}
