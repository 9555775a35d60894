import { View } from '@element-plus/icons-vue'

import type { PageRoute } from '@/pages'

const REVIEW = 'moderation.review'

export const routes: PageRoute[] = [
  {
    path: '/moderation',
    name: 'moderation',
    component: () => import('./HeldPage.vue'),
    meta: { title: '待查看内容', permission: REVIEW, menu: { section: 'work', order: 40, icon: View } },
  },
  {
    path: '/moderation/:id',
    name: 'held',
    component: () => import('./SubjectPage.vue'),
    meta: { title: '查看内容', permission: REVIEW },
  },
]
