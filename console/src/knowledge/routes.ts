import { Collection, EditPen, QuestionFilled } from '@element-plus/icons-vue'

import type { PageRoute } from '@/pages'

const READ = 'knowledge.read'
const WRITE = 'knowledge.write'

export const routes: PageRoute[] = [
  {
    path: '/knowledge',
    name: 'knowledge',
    component: () => import('./KnowledgePage.vue'),
    meta: { title: '知识库', permission: READ, menu: { section: 'work', order: 70, icon: Collection } },
  },
  {
    path: '/knowledge/new',
    name: 'article-new',
    component: () => import('./edit/EditorPage.vue'),
    meta: { title: '起草知识条目', permission: WRITE },
  },
  {
    path: '/knowledge/corrections',
    name: 'knowledge-corrections',
    component: () => import('./CorrectionsPage.vue'),
    meta: { title: '依据变更订正', permission: READ, menu: { section: 'work', order: 71, icon: EditPen } },
  },
  {
    path: '/knowledge/gaps',
    name: 'knowledge-gaps',
    component: () => import('./GapsPage.vue'),
    meta: { title: '知识缺口', permission: READ, menu: { section: 'work', order: 72, icon: QuestionFilled } },
  },
  {
    path: '/knowledge/:id',
    name: 'article',
    component: () => import('./show/ArticlePage.vue'),
    meta: { title: '知识条目', permission: READ },
  },
  {
    path: '/knowledge/:id/edit',
    name: 'article-edit',
    component: () => import('./edit/EditorPage.vue'),
    meta: { title: '修改知识条目', permission: WRITE },
  },
]
