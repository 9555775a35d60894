/** What a capability's routes.ts exports: its pages, who may open them, and where they stand in the menu. */

import type { Component } from 'vue'
import type { RouteRecordRaw } from 'vue-router'

import type { Door } from './door'

export type MenuSection = 'bank' | 'work' | 'policies' | 'financing' | 'reach' | 'manage'

export const SECTIONS: Readonly<Record<MenuSection, string>> = {
  bank: '对接岗',
  work: '日常',
  policies: '政策',
  financing: '金融惠微',
  reach: '群发',
  manage: '管理',
}

export interface MenuPlace {
  section: MenuSection
  order: number
  icon: Component
  /** When the menu should say something shorter than the title. */
  label?: string
}

declare module 'vue-router' {
  interface RouteMeta {
    title: string
    /** Any one of these opens the page; none means every member of staff. */
    permission?: string | readonly string[]
    menu?: MenuPlace
    /** A bank's page, or one of both doors; the bureau's without it. */
    door?: Door | 'both'
    /** Shown without signing in and without the frame. */
    isBare?: boolean
    /** Opens for anybody, and asks the API for nothing. */
    isPublic?: boolean
  }
}

export type PageRoute = RouteRecordRaw & { name: string; meta: { title: string } }

export function mayOpen(permissions: ReadonlySet<string>, needed: string | readonly string[] | undefined): boolean {
  if (needed === undefined) return true
  return (typeof needed === 'string' ? [needed] : needed).some((one) => permissions.has(one))
}
