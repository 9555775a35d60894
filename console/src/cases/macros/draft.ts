/** The steps of a macro as a form holds them: every kind of step with all fields that any has. */

import type { Schemas } from '@/api/client'

import { needed } from '../acts/useActForm'
import type { Missing } from '../timeline'
import type { Macro } from './useMacros'

type Sent = Schemas['WriteMacro']['acts'][number]
type Kind = Sent['act']
type Urgency = 'normal' | 'urgent' | 'critical'

export interface Step {
  act: Kind
  text: string
  items: Missing[]
  reason: string
  category: string
  urgency: Urgency
  days: number
  staff_id: string
}

export interface Draft {
  name: string
  unit_id: string
  acts: Step[]
}

export const MOST = 10
const USUAL = 3

export const missing = (): Missing => ({ words: '', why: '', citation: '' })
export const step = (act: Kind): Step => ({ act, text: '', items: [missing()], reason: '', category: '', urgency: 'normal', days: USUAL, staff_id: '' })

/** What may be left open in a text, filled in from the case. */
export const MARKS = ['编号', '标题', '企业', '经办人', '承办单位', '办理期限', '今天'] as const

export function draftOf(one: Macro | null): Draft {
  if (one === null) return { name: '', unit_id: '', acts: [step('reply')] }
  const acts = (one.acts as (Partial<Step> & { act: Kind })[]).map((act) => ({ ...step(act.act), ...structuredClone(act) }))
  return { name: one.name, unit_id: one.unit_id ?? '', acts }
}

/** Only what a step of its kind has. */
export function sent({ act, ...own }: Step): Sent {
  switch (act) {
    case 'reply':
    case 'note':
      return { act, text: own.text }
    case 'ask':
      return { act, items: own.items.filter(({ words }) => words.trim()), reason: own.reason }
    case 'category':
      return { act, category: own.category }
    case 'urgency':
      return { act, urgency: own.urgency }
    case 'promise':
      return { act, days: own.days }
    case 'pause':
      return { act, reason: own.reason, text: own.text }
    case 'resume':
      return { act }
    case 'helper':
      return { act, staff_id: own.staff_id }
  }
}

function checkStep(one: Step): Record<string, string | undefined> {
  switch (one.act) {
    case 'reply':
    case 'note':
      return { text: needed(one.text, '请填写内容。') }
    case 'ask':
      return { 'items.0.words': one.items.some(({ words }) => words.trim()) ? undefined : '请至少写明一项材料。' }
    case 'category':
      return { category: one.category ? undefined : '请选择类别。' }
    case 'pause':
      return { reason: one.reason ? undefined : '请选择理由。', text: needed(one.text, '请写明具体情况。') }
    case 'helper':
      return { staff_id: one.staff_id ? undefined : '请选择同事。' }
    default:
      return {}
  }
}

export function check({ name, acts }: Draft): Record<string, string | undefined> {
  const steps = acts.flatMap((one, nth) => Object.entries(checkStep(one)).map(([field, wrong]) => [`acts.${nth}.${field}`, wrong]))
  return { name: needed(name, '请填写模板名称。'), ...(Object.fromEntries(steps) as Record<string, string | undefined>) }
}
