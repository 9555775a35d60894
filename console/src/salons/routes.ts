import { Comment } from '@element-plus/icons-vue'

import type { PageRoute } from '@/pages'

const READ = 'salons.read'
const EDIT = 'salons.edit'
const RUN = 'salons.run'

export const routes: PageRoute[] = [
  {
    path: '/salons',
    name: 'salons',
    component: () => import('./list/SalonsPage.vue'),
    meta: { title: '小微沙龙', permission: READ, menu: { section: 'work', order: 56, icon: Comment } },
  },
  {
    path: '/salons/new',
    name: 'new-salon',
    component: () => import('./edit/EditorPage.vue'),
    meta: { title: '起草沙龙', permission: EDIT },
  },
  {
    path: '/salons/series',
    name: 'salon-series',
    component: () => import('./series/SeriesPage.vue'),
    meta: { title: '沙龙系列', permission: READ },
  },
  {
    path: '/salons/figures',
    name: 'salon-figures',
    component: () => import('./figures/FiguresPage.vue'),
    meta: { title: '沙龙统计', permission: READ },
  },
  {
    path: '/salons/no-shows',
    name: 'salon-no-shows',
    component: () => import('./noshows/NoShowsPage.vue'),
    meta: { title: '未到场说明', permission: RUN },
  },
  {
    path: '/salons/:id',
    name: 'salon',
    component: () => import('./show/SalonPage.vue'),
    meta: { title: '沙龙详情', permission: READ },
  },
  {
    path: '/salons/:id/edit',
    name: 'edit-salon',
    component: () => import('./edit/EditorPage.vue'),
    meta: { title: '修改沙龙', permission: EDIT },
  },
  {
    path: '/salons/:id/sign-ups',
    name: 'salon-signups',
    component: () => import('./signups/SignUpsPage.vue'),
    meta: { title: '沙龙报名', permission: READ },
  },
  {
    path: '/salons/:id/sign-ups/print',
    name: 'salon-print',
    component: () => import('./signups/PrintPage.vue'),
    meta: { title: '沙龙签到表', permission: RUN },
  },
  {
    path: '/salons/:id/door',
    name: 'salon-door',
    component: () => import('./door/DoorPage.vue'),
    meta: { title: '沙龙签到', permission: RUN },
  },
  {
    path: '/salons/:id/board',
    name: 'salon-board',
    component: () => import('./board/BoardPage.vue'),
    meta: { title: '提问板', permission: RUN },
  },
  {
    path: '/salons/:id/board/projected',
    name: 'salon-projected',
    component: () => import('./board/ProjectedPage.vue'),
    meta: { title: '沙龙提问（投影）', permission: RUN, isBare: true },
  },
  {
    path: '/salons/:id/messages',
    name: 'salon-messages',
    component: () => import('./outgoing/OutgoingPage.vue'),
    meta: { title: '沙龙通知和资料', permission: [EDIT, RUN] },
  },
  {
    path: '/salons/:id/feedback',
    name: 'salon-feedback',
    component: () => import('./feedback/FeedbackPage.vue'),
    meta: { title: '沙龙评价', permission: READ },
  },
]
