import { ChatLineSquare } from '@element-plus/icons-vue'

import type { PageRoute } from '@/pages'

export const routes: PageRoute[] = [
  {
    path: '/surveys',
    name: 'surveys',
    component: () => import('./SurveysPage.vue'),
    meta: { title: '需求调查', permission: 'surveys.read', menu: { section: 'work', order: 60, icon: ChatLineSquare } },
  },
  {
    path: '/surveys/new',
    name: 'new-survey',
    component: () => import('./edit/EditorPage.vue'),
    meta: { title: '起草需求调查', permission: 'surveys.write' },
  },
  {
    path: '/surveys/:id',
    name: 'survey',
    component: () => import('./show/SurveyPage.vue'),
    meta: { title: '需求调查详情', permission: 'surveys.read' },
  },
  {
    path: '/surveys/:id/edit',
    name: 'edit-survey',
    component: () => import('./edit/EditorPage.vue'),
    meta: { title: '修改需求调查', permission: 'surveys.write' },
  },
]
