import { Suitcase } from '@element-plus/icons-vue'

import type { PageRoute } from '@/pages'

export const routes: PageRoute[] = [
  {
    path: '/absences',
    name: 'absences',
    component: () => import('./AbsencesPage.vue'),
    meta: { title: '不在岗登记', permission: 'staff.absences', menu: { section: 'manage', order: 22, icon: Suitcase } },
  },
]
