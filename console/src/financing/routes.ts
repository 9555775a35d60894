import { Coin, DataLine, Goods, OfficeBuilding, Setting, Stopwatch } from '@element-plus/icons-vue'

import type { PageRoute } from '@/pages'

const READ = 'financing.read'
const EDIT = 'products.edit'

export const routes: PageRoute[] = [
  {
    path: '/financing',
    name: 'financing',
    component: () => import('./applications/ApplicationsPage.vue'),
    meta: { title: '融资需求', permission: READ, menu: { section: 'financing', order: 10, icon: Coin } },
  },
  {
    path: '/financing/referrals',
    name: 'financing-referrals',
    component: () => import('./referrals/ReferralsPage.vue'),
    meta: { title: '融资对接', permission: READ, menu: { section: 'financing', order: 20, icon: Stopwatch } },
  },
  {
    path: '/financing/products',
    name: 'financing-products',
    component: () => import('./products/ProductsPage.vue'),
    meta: { title: '金融产品', permission: READ, menu: { section: 'financing', order: 30, icon: Goods } },
  },
  {
    path: '/financing/products/new',
    name: 'new-financing-product',
    component: () => import('./products/EditorPage.vue'),
    meta: { title: '起草金融产品', permission: EDIT },
  },
  {
    path: '/financing/products/:id',
    name: 'financing-product',
    component: () => import('./products/ProductPage.vue'),
    meta: { title: '金融产品详情', permission: READ },
  },
  {
    path: '/financing/products/:id/edit',
    name: 'edit-financing-product',
    component: () => import('./products/EditorPage.vue'),
    meta: { title: '修改金融产品', permission: EDIT },
  },
  {
    path: '/financing/institutions',
    name: 'financing-institutions',
    component: () => import('./institutions/InstitutionsPage.vue'),
    meta: { title: '金融机构', permission: READ, menu: { section: 'financing', order: 40, icon: OfficeBuilding } },
  },
  {
    path: '/financing/institutions/:id',
    name: 'financing-institution',
    component: () => import('./institutions/InstitutionPage.vue'),
    meta: { title: '金融机构详情', permission: READ },
  },
  {
    path: '/financing/values',
    name: 'financing-values',
    component: () => import('./values/ValuesPage.vue'),
    meta: { title: '对接期限和LPR', permission: READ, menu: { section: 'financing', order: 60, icon: Setting } },
  },
  {
    path: '/financing/figures',
    name: 'financing-figures',
    component: () => import('./figures/FiguresPage.vue'),
    meta: { title: '融资统计', permission: READ, menu: { section: 'financing', order: 50, icon: DataLine } },
  },
  {
    path: '/financing/:id',
    name: 'financing-application',
    component: () => import('./applications/ApplicationPage.vue'),
    meta: { title: '融资需求详情', permission: READ },
  },
  {
    path: '/financing/:id/lot',
    name: 'financing-lot',
    component: () => import('./lot/LotPage.vue'),
    meta: { title: '核对银行排序', permission: READ },
  },
  {
    path: '/lot',
    name: 'lot',
    component: () => import('./lot/OpenLotPage.vue'),
    meta: { title: '核对银行排序', isBare: true, isPublic: true },
  },
]
