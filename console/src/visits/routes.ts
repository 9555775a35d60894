import { Clock, Compass, MapLocation, Timer, Van } from '@element-plus/icons-vue'

import type { PageRoute } from '@/pages'

const READ = 'visits.read'

export const routes: PageRoute[] = [
  {
    path: '/visits',
    name: 'visits',
    component: () => import('./calendar/CalendarPage.vue'),
    meta: { title: '走访', permission: READ, menu: { section: 'work', order: 50, icon: Van } },
  },
  {
    path: '/visits/new',
    name: 'new-visit',
    component: () => import('./arrange/ArrangePage.vue'),
    meta: { title: '代约走访', permission: 'visits.assign' },
  },
  {
    path: '/visits/day',
    name: 'visit-day',
    component: () => import('./day/DayPage.vue'),
    meta: { title: '今天的走访', permission: 'visits.visit', menu: { section: 'work', order: 51, icon: MapLocation } },
  },
  {
    path: '/visits/plan',
    name: 'visit-plan',
    component: () => import('./plan/PlanPage.vue'),
    meta: { title: '走访时间', permission: ['visits.visit', 'visits.plan'], menu: { section: 'work', order: 52, icon: Clock } },
  },
  {
    path: '/visits/waits',
    name: 'visit-waits',
    component: () => import('./waiting/WaitsPage.vue'),
    meta: { title: '提前候补', permission: READ, menu: { section: 'work', order: 53, icon: Timer } },
  },
  {
    path: '/visit-reasons',
    name: 'visit-reasons',
    component: () => import('./settings/SettingsPage.vue'),
    meta: { title: '走访事由和路程', permission: READ, menu: { section: 'manage', order: 27, icon: Compass } },
  },
  {
    path: '/visits/:id',
    name: 'visit',
    component: () => import('./show/VisitPage.vue'),
    meta: { title: '走访详情', permission: READ },
  },
]
