/** What a desk sorts its referrals by: what has to be done with them. */

import type { Got } from '@/api/client'

type Waiting = Got<'/api/partner/v1/waiting'>

export interface Box {
  key: string
  label: string
  states: readonly ('routed' | 'accepted' | 'contacted' | 'due_diligence' | 'approved' | 'rejected' | 'drawing' | 'drawn' | 'renewed' | 'given_up' | 'unknown')[]
  isLook?: boolean
}

export const BOXES: readonly Box[] = [
  { key: '', label: '全部', states: [] },
  { key: 'new', label: '待受理', states: ['routed'] },
  { key: 'running', label: '办理中', states: ['accepted', 'contacted', 'due_diligence'] },
  { key: 'approved', label: '已授信', states: ['approved'] },
  { key: 'drawing', label: '待确认放款', states: ['drawing'] },
  { key: 'look', label: '二次对接', states: [], isLook: true },
  { key: 'lapsed', label: '逾期或中止', states: ['unknown'] },
  { key: 'over', label: '已结束', states: ['rejected', 'drawn', 'renewed', 'given_up'] },
]

/** How many stand in a box; nothing while that is not known. */
export function counted(box: Box, told: Waiting | undefined): string {
  if (!told) return ''
  if (box.isLook) return ` ${told.second_looks}`
  const states = box.states.length > 0 ? box.states : Object.keys(told.states)
  return ` ${states.reduce((sum, state) => sum + (told.states[state] ?? 0), 0)}`
}
