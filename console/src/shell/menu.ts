/** The menu as data: what somebody with these permissions finds where. */

import type { Component } from 'vue'

import { type MenuSection, mayOpen, type PageRoute, SECTIONS } from '@/pages'
import { pages } from '@/router'

export interface Entry {
  name: string
  label: string
  icon: Component
}

export interface Section {
  title: string
  entries: Entry[]
}

export function menuFor(permissions: ReadonlySet<string>, from: readonly PageRoute[] = pages): Section[] {
  const names = Object.keys(SECTIONS) as MenuSection[]
  return names.map((name) => section(name, permissions, from)).filter((one) => one.entries.length > 0)
}

function section(name: MenuSection, permissions: ReadonlySet<string>, from: readonly PageRoute[]): Section {
  const mine = from
    .flatMap(({ name, meta }) => (meta.menu ? [{ name, title: meta.title, permission: meta.permission, ...meta.menu }] : []))
    .filter((one) => one.section === name && mayOpen(permissions, one.permission))
    .sort((one, other) => one.order - other.order)
  return { title: SECTIONS[name], entries: mine.map(({ name, icon, label, title }) => ({ name, icon, label: label ?? title })) }
}
