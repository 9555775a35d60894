import { Flag } from '@element-plus/icons-vue'

import type { PageRoute } from '@/pages'

const READ = 'visits.read'
const RUN = 'visits.campaign'

export const routes: PageRoute[] = [
  {
    path: '/visits/campaigns',
    name: 'visit-campaigns',
    component: () => import('./CampaignsPage.vue'),
    meta: { title: '批量走访', permission: READ, menu: { section: 'work', order: 53, icon: Flag } },
  },
  {
    path: '/visits/campaigns/new',
    name: 'new-visit-campaign',
    component: () => import('./edit/EditorPage.vue'),
    meta: { title: '起草批量走访', permission: RUN },
  },
  {
    path: '/visits/campaigns/:id',
    name: 'visit-campaign',
    component: () => import('./show/CampaignPage.vue'),
    meta: { title: '批量走访详情', permission: READ },
  },
  {
    path: '/visits/campaigns/:id/edit',
    name: 'edit-visit-campaign',
    component: () => import('./edit/EditorPage.vue'),
    meta: { title: '修改批量走访', permission: RUN },
  },
]
