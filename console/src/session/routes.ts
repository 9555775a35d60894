import type { PageRoute } from '@/pages'

export const routes: PageRoute[] = [
  { path: '/sign-in', name: 'sign-in', component: () => import('./SignInPage.vue'), meta: { title: '登录', isBare: true } },
  {
    path: '/first-password',
    name: 'first-password',
    component: () => import('./FirstPasswordPage.vue'),
    meta: { title: '修改初始密码', isBare: true },
  },
  { path: '/profile', name: 'profile', component: () => import('./ProfilePage.vue'), meta: { title: '我的账号' } },
]
