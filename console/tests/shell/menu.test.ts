import { Bell } from '@element-plus/icons-vue'
import { describe, expect, it } from 'vitest'

import { mayOpen, type PageRoute } from '@/pages'
import { safeNext } from '@/session/next'
import { menuFor } from '@/shell/menu'
import { pageHits } from '@/shell/palette'

function page(name: string, title: string, order: number, permission?: string | string[]): PageRoute {
  return {
    path: `/${name}`,
    name,
    component: { render: () => null },
    meta: { title, ...(permission ? { permission } : {}), menu: { section: 'work', order, icon: Bell } },
  }
}

const PAGES = [page('b', '绑定审核', 2, 'bindings.review'), page('a', '工作提醒', 1), page('c', '审计', 3, ['audit.read', 'x'])]

describe('the menu', () => {
  it('shows what one may open, in its order', () => {
    const [work] = menuFor(new Set(['bindings.review']), PAGES)
    expect(work?.entries.map((one) => one.label)).toEqual(['工作提醒', '绑定审核'])
  })

  it('has no empty sections', () => {
    expect(menuFor(new Set(), []).length).toBe(0)
  })
})

describe('a page', () => {
  it('opens for any one of its permissions', () => {
    expect(mayOpen(new Set(['x']), ['audit.read', 'x'])).toBe(true)
    expect(mayOpen(new Set(['y']), ['audit.read', 'x'])).toBe(false)
    expect(mayOpen(new Set(), undefined)).toBe(true)
  })

  it('is found by its name, if it may be opened', () => {
    expect(pageHits('审', new Set(['bindings.review']), PAGES).map((one) => one.key)).toEqual(['b'])
  })
})

describe('the way back after signing in', () => {
  it.each(['/notices', '/policies/1?tab=rule#x'])('goes to %s', (path) => {
    expect(safeNext(path)).toBe(path)
  })

  it.each(['//elsewhere.example', 'https://elsewhere.example', '/\\elsewhere', '/sign-in', undefined, ['/a']])('not to %s', (path) => {
    expect(safeNext(path)).toBe('/')
  })
})
