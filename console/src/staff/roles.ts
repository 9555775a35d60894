/** Which roles one person can't hold together, and why. */

import type { Role } from './useStaff'

/** 网络安全等级保护: three different people administrate the system, its security, and audit both. */
const EXCLUSIVE: ReadonlySet<string> = new Set<Role>(['system_administrator', 'security_administrator', 'auditor'])

export const EXCLUSION = '系统管理员、安全管理员和审计员不能由同一人担任：管系统的、管授权的和查记录的须是三个人（网络安全等级保护要求）。'

/** The role held that stands against a wanted one, if any. */
export function excludes(wanted: string, held: readonly string[]): string | undefined {
  return EXCLUSIVE.has(wanted) ? held.find((one) => one !== wanted && EXCLUSIVE.has(one)) : undefined
}
