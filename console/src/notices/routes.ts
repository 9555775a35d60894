import { Bell } from '@element-plus/icons-vue'

import type { PageRoute } from '@/pages'

export const routes: PageRoute[] = [
  {
    path: '/notices',
    name: 'notices',
    component: () => import('./NoticesPage.vue'),
    meta: { title: '工作提醒', menu: { section: 'work', order: 10, icon: Bell } },
  },
]
