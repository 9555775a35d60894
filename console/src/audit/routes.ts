import { Document } from '@element-plus/icons-vue'

import type { PageRoute } from '@/pages'

export const routes: PageRoute[] = [
  {
    path: '/audit',
    name: 'audit',
    component: () => import('./AuditPage.vue'),
    meta: { title: '审计记录', permission: 'audit.read', menu: { section: 'manage', order: 30, icon: Document } },
  },
]
