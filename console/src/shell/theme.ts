/** Light, dark, or as the system has it; kept in this browser. */

import { computed, ref, watchEffect } from 'vue'

export const THEMES = { system: '跟随系统', light: '浅色', dark: '深色' } as const
export type Theme = keyof typeof THEMES

const KEY = 'wuwei.theme'
const system = matchMedia('(prefers-color-scheme: dark)')
const systemIsDark = ref(system.matches)
system.addEventListener('change', (event) => (systemIsDark.value = event.matches))

function kept(): Theme {
  const found = localStorage.getItem(KEY)
  return found !== null && found in THEMES ? (found as Theme) : 'system'
}

export const theme = ref<Theme>(kept())
export const isDark = computed(() => (theme.value === 'system' ? systemIsDark.value : theme.value === 'dark'))

export function choose(wanted: Theme): void {
  theme.value = wanted
  localStorage.setItem(KEY, wanted)
}

export function applyTheme(): void {
  watchEffect(() => document.documentElement.classList.toggle('dark', isDark.value))
}
