import { Collection, CopyDocument, DataAnalysis, List, Tickets } from '@element-plus/icons-vue'

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
  {
    path: '/problem-lists',
    name: 'problem-lists',
    component: () => import('./lists/ListsPage.vue'),
    meta: { title: '问题清单', permission: READ, menu: { section: 'work', order: 17, icon: List } },
  },
  {
    path: '/problem-lists/new',
    name: 'new-problem-list',
    component: () => import('./lists/NewListPage.vue'),
    meta: { title: '建立问题清单', permission: 'cases.assign' },
  },
  {
    path: '/problem-lists/:id',
    name: 'problem-list',
    component: () => import('./lists/ListDetailPage.vue'),
    meta: { title: '问题清单详情', permission: READ },
  },
  {
    path: '/case-macros',
    name: 'case-macros',
    component: () => import('./macros/MacrosPage.vue'),
    meta: { title: '办理模板', permission: 'cases.handle', menu: { section: 'manage', order: 28, icon: CopyDocument } },
  },
  {
    path: '/case-categories',
    name: 'case-categories',
    component: () => import('./settings/CategoriesPage.vue'),
    meta: { title: '事项类别', permission: READ, menu: { section: 'manage', order: 26, icon: Collection } },
  },
]
