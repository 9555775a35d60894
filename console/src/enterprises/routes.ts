import { OfficeBuilding, Upload } from '@element-plus/icons-vue'

import type { PageRoute } from '@/pages'

const READ = 'enterprises.read'
const IMPORT = 'enterprises.import'

export const routes: PageRoute[] = [
  {
    path: '/enterprises',
    name: 'enterprises',
    component: () => import('./EnterprisesPage.vue'),
    meta: { title: '企业', permission: READ, menu: { section: 'work', order: 20, icon: OfficeBuilding } },
  },
  {
    path: '/enterprises/:id',
    name: 'enterprise',
    component: () => import('./EnterprisePage.vue'),
    meta: { title: '企业档案', permission: READ },
  },
  {
    path: '/registry-imports',
    name: 'registry-imports',
    component: () => import('./imports/ImportsPage.vue'),
    meta: { title: '登记数据导入', permission: IMPORT, menu: { section: 'manage', order: 10, icon: Upload } },
  },
  {
    path: '/registry-imports/:id',
    name: 'registry-import',
    component: () => import('./imports/ImportPage.vue'),
    meta: { title: '一次导入', permission: IMPORT },
  },
]
