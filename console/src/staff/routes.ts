import { OfficeBuilding, User } from '@element-plus/icons-vue'

import type { PageRoute } from '@/pages'

export const routes: PageRoute[] = [
  {
    path: '/staff',
    name: 'staff',
    component: () => import('./PeoplePage.vue'),
    meta: { title: '账号和授权', permission: 'staff.read', menu: { section: 'manage', order: 10, icon: User } },
  },
  {
    path: '/staff/new',
    name: 'new-person',
    component: () => import('./NewPersonPage.vue'),
    meta: { title: '新建账号', permission: 'staff.manage' },
  },
  {
    path: '/staff/:id',
    name: 'person',
    component: () => import('./PersonPage.vue'),
    meta: { title: '工作人员', permission: 'staff.read' },
  },
  {
    path: '/units',
    name: 'units',
    component: () => import('./UnitsPage.vue'),
    meta: { title: '单位', permission: 'staff.read', menu: { section: 'manage', order: 20, icon: OfficeBuilding } },
  },
]
