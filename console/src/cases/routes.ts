import { DataAnalysis, Tickets } from '@element-plus/icons-vue'

import type { PageRoute } from '@/pages'

const READ = 'cases.read'

export const routes: PageRoute[] = [
  {
    path: '/cases',
    name: 'cases',
    component: () => import('./queue/CasesPage.vue'),
    meta: { title: '事项', permission: READ, menu: { section: 'work', order: 15, icon: Tickets } },
  },
  {
    path: '/cases/new',
    name: 'new-case',
    component: () => import('./register/RegisterPage.vue'),
    meta: { title: '登记事项', permission: 'cases.open' },
  },
  {
    path: '/cases/figures',
    name: 'case-figures',
    component: () => import('./figures/FiguresPage.vue'),
    meta: { title: '事项统计', permission: READ, menu: { section: 'work', order: 16, icon: DataAnalysis } },
  },
  {
    path: '/cases/:id',
    name: 'case',
    component: () => import('./CasePage.vue'),
    meta: { title: '事项详情', permission: READ },
  },
]
