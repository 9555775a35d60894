import { Stamp } from '@element-plus/icons-vue'

import type { PageRoute } from '@/pages'

const REVIEW = 'bindings.review'

export const routes: PageRoute[] = [
  {
    path: '/bindings',
    name: 'bindings',
    component: () => import('./BindingsPage.vue'),
    meta: { title: '绑定审核', permission: REVIEW, menu: { section: 'work', order: 30, icon: Stamp } },
  },
  {
    path: '/bindings/:id',
    name: 'binding-review',
    component: () => import('./ReviewPage.vue'),
    meta: { title: '一项绑定审核', permission: REVIEW },
  },
]
