import { Bell, Connection, DataLine, Goods, User, View } from '@element-plus/icons-vue'

import type { PageRoute } from '@/pages'

const permission = 'referrals.handle'
const door = 'bank'

export const routes: PageRoute[] = [
  {
    path: '/referrals',
    name: 'bank-referrals',
    component: () => import('./referrals/ReferralsPage.vue'),
    meta: { title: '融资对接', door, permission, menu: { section: 'bank', order: 10, icon: Connection } },
  },
  {
    path: '/referrals/:id',
    name: 'bank-referral',
    component: () => import('./show/ReferralPage.vue'),
    meta: { title: '一项融资对接', door, permission },
  },
  {
    path: '/listings',
    name: 'bank-listings',
    component: () => import('./listings/ListingsPage.vue'),
    meta: { title: '匿名融资需求', door, permission, menu: { section: 'bank', order: 20, icon: View } },
  },
  {
    path: '/products',
    name: 'bank-products',
    component: () => import('./products/ProductsPage.vue'),
    meta: { title: '本机构产品', door, permission, menu: { section: 'bank', order: 30, icon: Goods } },
  },
  {
    path: '/figures',
    name: 'bank-figures',
    component: () => import('./figures/FiguresPage.vue'),
    meta: { title: '本岗办理情况', door, permission, menu: { section: 'bank', order: 40, icon: DataLine } },
  },
  {
    path: '/notices',
    name: 'bank-notices',
    component: () => import('./account/NoticesPage.vue'),
    meta: { title: '提醒', door, permission, menu: { section: 'bank', order: 50, icon: Bell } },
  },
  {
    path: '/profile',
    name: 'bank-profile',
    component: () => import('./account/AccountPage.vue'),
    meta: { title: '我的账号', door, menu: { section: 'bank', order: 60, icon: User } },
  },
]
