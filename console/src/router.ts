/** Every capability's pages, and what must hold before one opens. */

import { createRouter, createWebHistory, type Router } from 'vue-router'

import { BASES, byDoor, door } from './door'
import type { PageRoute } from './pages'
import { safeNext } from './session/next'
import { useSession } from './session/store'

const found = import.meta.glob<{ routes: PageRoute[] }>('./*/routes.ts', { eager: true })

const every = Object.values(found).flatMap((one) => one.routes)
/** Those of this door: the other's are not there at all. */
export const pages: readonly PageRoute[] = every.filter(({ meta }) => meta.door === 'both' || (meta.door ?? 'staff') === door)

const MISSING: PageRoute = {
  path: '/:missing(.*)*',
  name: 'missing',
  component: () => import('./shell/MissingPage.vue'),
  meta: { title: '没有这个页面' },
}

export const NAME = byDoor({ staff: '无微不至工作台', bank: '无微不至合作机构' })

export function makeRouter(): Router {
  const router = createRouter({
    history: createWebHistory(BASES[door]),
    routes: [{ path: '/', redirect: byDoor({ staff: '/notices', bank: '/referrals' }) }, ...pages, MISSING],
    scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
  })
  let isKnown = false
  router.beforeEach(async (to) => {
    if (to.meta.isPublic) return true
    const session = useSession()
    isKnown ||= await session.resume()
    if (!isKnown) return false // OutagePage tries the same address again
    if (to.name === 'sign-in') return session.isIn ? safeNext(to.query['next']) : true
    if (!session.isIn) return { name: 'sign-in', query: to.path === '/' ? {} : { next: to.fullPath } }
    if (session.mustChangePassword && to.name !== 'first-password') {
      return { name: 'first-password', query: { next: to.fullPath } }
    }
    if (to.name === 'first-password' && !session.mustChangePassword) return '/profile'
    return true
  })
  router.afterEach((to) => {
    document.title = `${to.meta.title} · ${NAME}`
  })
  return router
}
