/** What a scan came to, in the words that are read across the room. */

import type { Shape } from '@/components/ShapeMark.vue'
import type { Tone } from '@/components/StateTag.vue'

import type { Shown } from './useDoor'
import type { Scan } from './sending'

export interface Sign {
  tone: Tone
  shape: Shape
  word: string
  /** Who it is. */
  name: string
  why: string
}

type Word = (group: string, code: string | null | undefined) => string

const CONFLICT = '这个入场码已有人进场。请核对本人身份；确认无误的，请登记后由主办方处理。'
const REPEATED = '这个入场码刚扫过，不重复计数。'
const NOT_INSIDE = '没有进场记录，不计离场。'
const AWAY = '离线：已记在本机，联网后上传。'
const SEE_A_CHAIR = '报的是线上参加，请确认会场有座位。'

export function signOf(shown: Shown, word: Word): Sign {
  if (shown.kind === 'failed') return { tone: 'bad', shape: 'cross', word: '没有记下', name: '', why: shown.problem.message }
  return shown.kind === 'told' ? toldBy(shown.scan) : here(shown, word)
}

const nameOf = (scan: Scan): string => (scan.attendee ? `${scan.enterprise}　${scan.attendee}` : scan.enterprise)

function toldBy(scan: Scan): Sign {
  const told = { word: scan.outcome_word, name: nameOf(scan) }
  if (scan.outcome === 'entered' || scan.outcome === 'left') {
    return { ...told, tone: 'good', shape: 'tick', why: scan.way === 'online' && scan.direction === 'in' ? SEE_A_CHAIR : '' }
  }
  if (scan.outcome === 'refused') return { ...told, tone: 'bad', shape: 'cross', why: scan.refusal_word }
  if (scan.outcome === 'conflict') return { ...told, tone: 'bad', shape: 'alarm', why: CONFLICT }
  return { ...told, tone: 'wait', shape: 'alarm', why: scan.direction === 'out' ? NOT_INSIDE : REPEATED }
}

function here({ scan, judged, isAgain, way }: Extract<Shown, { kind: 'local' }>, word: Word): Sign {
  const { name } = scan
  const going = word('salon_scan', scan.direction === 'in' ? 'entered' : 'left')
  if (isAgain) return { tone: 'wait', shape: 'alarm', word: word('salon_scan', 'repeated'), name, why: `本机刚扫过。${AWAY}` }
  if (judged === null && 'signup_id' in scan.what) {
    return { tone: 'good', shape: 'tick', word: going, name, why: way === 'online' && scan.direction === 'in' ? `${SEE_A_CHAIR}${AWAY}` : AWAY }
  }
  if (judged === null) return { tone: 'wait', shape: 'alarm', word: '待核对', name, why: `手工码离线时不能核对，请另看证件。${AWAY}` }
  if (judged.refusal === null) return { tone: 'good', shape: 'tick', word: going, name, why: `已用公钥验证。${AWAY}` }
  if (judged.refusal === 'unverified') return { tone: 'wait', shape: 'alarm', word: '待核对', name, why: `本浏览器不能离线验证，请另看证件。${AWAY}` }
  if (judged.refusal === 'unsaid') return { tone: 'wait', shape: 'alarm', word: '待核对', name, why: `旧的入场码没有写明是否现场参加，名单中也没有，请另看证件。${AWAY}` }
  const why = judged.refusal === 'revoked' ? '入场码已作废：已更换，或报名已取消' : word('salon_refusal', judged.refusal)
  return { tone: 'bad', shape: 'cross', word: word('salon_scan', 'refused'), name, why: `${why}。${AWAY}` }
}
