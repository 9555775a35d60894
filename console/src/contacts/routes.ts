import { Notebook } from '@element-plus/icons-vue'

import type { PageRoute } from '@/pages'

const READ = 'visits.read'
const ENTER = 'inspections.enter'

export const routes: PageRoute[] = [
  {
    path: '/contacts',
    name: 'contacts',
    component: () => import('./LedgerPage.vue'),
    meta: { title: '入企次数账本', permission: READ, menu: { section: 'work', order: 54, icon: Notebook } },
  },
  {
    path: '/contacts/plans',
    name: 'contact-plans',
    component: () => import('./PlansPage.vue'),
    meta: { title: '入企计划', permission: READ },
  },
  {
    path: '/contacts/approvals',
    name: 'contact-approvals',
    component: () => import('./ApprovalsPage.vue'),
    meta: { title: '超上限签字', permission: READ },
  },
  {
    path: '/contacts/merges',
    name: 'contact-merges',
    component: () => import('./MergesPage.vue'),
    meta: { title: '合并入企', permission: READ },
  },
  {
    path: '/contacts/over',
    name: 'contacts-over',
    component: () => import('./OverPage.vue'),
    meta: { title: '超出上限的企业', permission: READ },
  },
  {
    path: '/contacts/figures',
    name: 'contact-figures',
    component: () => import('./FiguresPage.vue'),
    meta: { title: '年度入企次数', permission: READ },
  },
  {
    path: '/contacts/limits',
    name: 'contact-limits',
    component: () => import('./LimitsPage.vue'),
    meta: { title: '入企次数上限', permission: READ },
  },
  {
    path: '/contacts/inspections/new',
    name: 'new-inspection',
    component: () => import('./InspectionPage.vue'),
    meta: { title: '登记入企检查', permission: ENTER },
  },
  {
    path: '/enterprises/:id/contacts',
    name: 'enterprise-contacts',
    component: () => import('./EnterpriseLedgerPage.vue'),
    meta: { title: '企业的入企次数账本', permission: READ },
  },
]
