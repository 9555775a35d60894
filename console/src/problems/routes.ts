import { Finished } from '@element-plus/icons-vue'

import type { PageRoute } from '@/pages'

export const routes: PageRoute[] = [
  {
    path: '/problems',
    name: 'problems',
    component: () => import('./ProblemsPage.vue'),
    meta: { title: '整改任务', permission: 'cases.read', menu: { section: 'work', order: 18, icon: Finished } },
  },
]
