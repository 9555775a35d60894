/** A list's filters live in the address: they survive a reload, go along with a link, and the way back undoes them. */

import { computed, reactive, watch, type ComputedRef } from 'vue'
import { type LocationQuery, type LocationQueryRaw, useRoute, useRouter } from 'vue-router'

export type Filter = string | boolean | number | string[]
export type Filters = Record<string, Filter>

/** Literals given as defaults stand for all values of their kind. */
type Widened<T> = { [K in keyof T]: T[K] extends boolean ? boolean : T[K] extends number ? number : T[K] }

function read(query: LocationQuery, name: string, fallback: Filter): Filter {
  const given = query[name]
  if (given === undefined || given === null) return fallback
  const values = (Array.isArray(given) ? given : [given]).filter((one) => one !== null)
  if (Array.isArray(fallback)) return values
  const value = values[0] ?? ''
  if (typeof fallback === 'boolean') return value === '1'
  if (typeof fallback === 'number') return Number.isFinite(Number(value)) ? Number(value) : fallback
  return value
}

function written(value: Filter): string | string[] {
  if (typeof value === 'boolean') return value ? '1' : '0'
  return Array.isArray(value) ? value : String(value)
}

function isSame(one: Filter, other: Filter): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

/**
 * `filters` can be bound with v-model; `active` tells how many differ from what is shown when nothing was chosen, and
 * `clear` takes them back. Other parts of the address's query stay as they are.
 */
export function useFilters<T extends Filters>(
  defaults: T,
): { filters: Widened<T>; active: ComputedRef<number>; clear: () => void } {
  const route = useRoute()
  const router = useRouter()
  const home = route.name
  const names = Object.keys(defaults)
  const fallback = (name: string): Filter => defaults[name] as Filter
  const filters = reactive<Filters>(Object.fromEntries(names.map((name) => [name, read(route.query, name, fallback(name))])))

  watch(
    () => route.query,
    (query) => {
      if (route.name !== home) return
      for (const name of names) {
        const value = read(query, name, fallback(name))
        if (!isSame(value, filters[name] as Filter)) filters[name] = value
      }
    },
  )
  watch(filters, () => {
    const query: LocationQueryRaw = { ...route.query }
    for (const name of names) {
      const value = filters[name] as Filter
      if (isSame(value, fallback(name))) query[name] = undefined
      else query[name] = written(value)
    }
    void router.replace({ query, hash: route.hash })
  })
  return {
    filters: filters as Widened<T>,
    active: computed(() => names.filter((name) => !isSame(filters[name] as Filter, fallback(name))).length),
    clear: () => Object.assign(filters, structuredClone(defaults)),
  }
}

/** Leaves out what was not chosen, as the API wants it. */
export function chosen<T extends Filters>(filters: T): Partial<T> {
  const isChosen = (value: Filter): boolean => value !== '' && value !== false && !(Array.isArray(value) && value.length === 0)
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => isChosen(value))) as Partial<T>
}
