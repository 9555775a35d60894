import { Document, Histogram, Link } from '@element-plus/icons-vue'

import type { PageRoute } from '@/pages'

const READ = 'policies.read'
const WRITE = 'policies.write'

export const routes: PageRoute[] = [
  {
    path: '/policies',
    name: 'policies',
    component: () => import('./PoliciesPage.vue'),
    meta: { title: '政策库', permission: READ, menu: { section: 'policies', order: 10, icon: Document } },
  },
  {
    path: '/policies/new',
    name: 'policy-new',
    component: () => import('./edit/EditorPage.vue'),
    meta: { title: '起草政策', permission: WRITE },
  },
  {
    path: '/policies/precision',
    name: 'policies-precision',
    component: () => import('./PrecisionPage.vue'),
    meta: { title: '政策精准度', permission: READ, menu: { section: 'policies', order: 20, icon: Histogram } },
  },
  {
    path: '/policies/dead-links',
    name: 'policies-dead-links',
    component: () => import('./DeadLinksPage.vue'),
    meta: { title: '失效链接', permission: READ, menu: { section: 'policies', order: 30, icon: Link } },
  },
  {
    path: '/policies/:id',
    name: 'policy',
    component: () => import('./show/PolicyPage.vue'),
    meta: { title: '政策', permission: READ },
  },
  {
    path: '/policies/:id/edit',
    name: 'policy-edit',
    component: () => import('./edit/EditorPage.vue'),
    meta: { title: '修改政策', permission: WRITE },
  },
]
