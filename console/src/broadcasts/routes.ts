import { Promotion } from '@element-plus/icons-vue'

import type { PageRoute } from '@/pages'

export const routes: PageRoute[] = [
  {
    path: '/broadcasts',
    name: 'broadcasts',
    component: () => import('./BroadcastsPage.vue'),
    meta: { title: '群发', permission: 'messages.read', menu: { section: 'reach', order: 10, icon: Promotion } },
  },
  {
    path: '/broadcasts/new',
    name: 'new-broadcast',
    component: () => import('./NewBroadcastPage.vue'),
    meta: { title: '准备群发', permission: 'broadcasts.write' },
  },
  {
    path: '/broadcasts/:id',
    name: 'broadcast',
    component: () => import('./BroadcastPage.vue'),
    meta: { title: '群发详情', permission: 'messages.read' },
  },
]
