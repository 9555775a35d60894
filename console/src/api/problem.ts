/** Why the API refused, as it told it (RFC 9457); what no answer came to has codes of its own. */

export interface WrongField {
  path: string
  code: string
  sentence: string
}

interface Told {
  code: string
  title: string
  detail: string
  request_id?: string
  fields?: WrongField[] | null
  permission?: string | null
}

export class Problem extends Error {
  readonly code: string
  readonly title: string
  readonly requestId: string
  readonly fields: readonly WrongField[]
  readonly permission: string | null

  constructor(
    readonly status: number,
    told: Told,
  ) {
    super(told.detail)
    this.name = 'Problem'
    this.code = told.code
    this.title = told.title
    this.requestId = told.request_id ?? ''
    this.fields = told.fields ?? []
    this.permission = told.permission ?? null
  }

  /** Somebody changed the thing first: 412 for an older version, 409 for a state that is no longer. */
  get isConflict(): boolean {
    return this.status === 412 || this.status === 409
  }

  /** The same refusal as the word on one field, where the API does not say which. */
  at(path: string): Problem {
    const { status, code, title, message: detail, requestId } = this
    return new Problem(status, { code, title, detail, request_id: requestId, fields: [{ path, code, sentence: detail }] })
  }

  get isMissing(): boolean {
    return this.status === 404
  }

  get isForbidden(): boolean {
    return this.status === 403
  }
}

const UNREACHABLE: Told = { code: 'unreachable', title: '网络不通', detail: '没有连上服务器，请检查网络后重试。' }
const UNREADABLE: Told = { code: 'unreadable', title: '服务异常', detail: '服务器的回答无法识别，请稍后再试。' }

function isTold(value: unknown): value is Told {
  return typeof value === 'object' && value !== null && 'code' in value && 'detail' in value && 'title' in value
}

export async function problemOf(response: Response): Promise<Problem> {
  const body: unknown = await response.json().catch(() => null)
  return new Problem(response.status, isTold(body) ? body : UNREADABLE)
}

/** Anything thrown as a Problem. A request that its page gave up stays what it is, for nobody is told of it. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  return error instanceof TypeError ? new Problem(0, UNREACHABLE) : new Problem(0, UNREADABLE)
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}
