/** Roles in words. */

export const ROLES: Readonly<Record<string, string>> = {
  front_desk: '窗口受理',
  visitor: '走访人员',
  specialist: '业务专员',
  publisher: '政策经办',
  reviewer: '政策复核',
  manager: '部门主管',
  auditor: '审计员',
  system_administrator: '系统管理员',
  security_administrator: '安全管理员',
}
