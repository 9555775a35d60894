/** Grants and places as forms hold them, and as the API takes them. */

import type { Schemas } from '@/api/client'

import type { Role } from './useStaff'

export interface GrantDraft {
  role: string
  districts: string[]
  capabilities: string[]
  unit_id: string
  /** A moment in Huzhou without its zone, as the picker writes it; empty for without end. */
  until: string
}

export const NO_GRANT: GrantDraft = { role: '', districts: [], capabilities: [], unit_id: '', until: '' }

export function grantOf(draft: GrantDraft): Schemas['GrantIn'] {
  return {
    role: draft.role as Role,
    districts: draft.districts,
    capabilities: draft.capabilities,
    unit_id: draft.unit_id || null,
    until: draft.until ? `${draft.until}:00+08:00` : null,
  }
}
