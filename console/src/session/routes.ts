import type { PageRoute } from '@/pages'

import SignInPage from './SignInPage.vue'

export const routes: PageRoute[] = [
  { path: '/sign-in', name: 'sign-in', component: SignInPage, meta: { title: '登录', isBare: true, door: 'both' } },
  {
    path: '/first-password',
    name: 'first-password',
    component: () => import('./FirstPasswordPage.vue'),
    meta: { title: '修改初始密码', isBare: true, door: 'both' },
  },
  { path: '/profile', name: 'profile', component: () => import('./ProfilePage.vue'), meta: { title: '我的账号' } },
]
