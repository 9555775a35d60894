import { ChatLineRound, Mute } from '@element-plus/icons-vue'

import type { PageRoute } from '@/pages'

const PUBLISH = 'questions.publish'
const BAR = 'questions.bar'

export const routes: PageRoute[] = [
  {
    path: '/question-publications',
    name: 'publications',
    component: () => import('./PublicationsPage.vue'),
    meta: { title: '公开答复', permission: PUBLISH, menu: { section: 'work', order: 42, icon: ChatLineRound } },
  },
  {
    path: '/question-publications/:id',
    name: 'publication',
    component: () => import('./PublicationPage.vue'),
    meta: { title: '公开稿', permission: PUBLISH },
  },
  {
    path: '/cases/:id/publication',
    name: 'publication-new',
    component: () => import('./NewPublicationPage.vue'),
    meta: { title: '起草公开稿', permission: PUBLISH },
  },
  {
    path: '/question-bars',
    name: 'question-bars',
    component: () => import('./bars/BarsPage.vue'),
    meta: { title: '限制提问', permission: BAR, menu: { section: 'work', order: 44, icon: Mute } },
  },
  {
    path: '/question-bars/:id',
    name: 'question-bar',
    component: () => import('./bars/BarPage.vue'),
    meta: { title: '限制提问记录', permission: BAR },
  },
]
