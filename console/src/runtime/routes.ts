import { Monitor } from '@element-plus/icons-vue'

import type { PageRoute } from '@/pages'

export const routes: PageRoute[] = [
  {
    path: '/runtime',
    name: 'runtime',
    component: () => import('./RuntimePage.vue'),
    meta: { title: '系统运行', permission: 'system.watch', menu: { section: 'manage', order: 40, icon: Monitor } },
  },
  {
    path: '/runbook/:kind',
    name: 'runbook',
    component: () => import('./RunbookPage.vue'),
    meta: { title: '处置手册', permission: 'system.watch' },
  },
]
