import { Calendar } from '@element-plus/icons-vue'

import type { PageRoute } from '@/pages'

export const routes: PageRoute[] = [
  {
    path: '/calendar',
    name: 'calendar',
    component: () => import('./CalendarPage.vue'),
    meta: { title: '工作日历', menu: { section: 'manage', order: 25, icon: Calendar } },
  },
]
