/** Registry imports: the list, one that is watched while it runs, and stopping it. */

import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type ComputedRef, type MaybeRefOrGetter, toValue } from 'vue'

import { api, ask, UNATTENDED } from '@/api/client'
import { chosen, useFilters } from '@/api/filters'
import { type Keyset, useKeyset } from '@/api/paging'
import { confirmAct } from '@/components/confirm'
import type { Tone } from '@/components/StateTag.vue'
import { tell } from '@/components/tell'

import type { Import } from './upload'

const BASE = '/api/staff/v1/registry-imports'
const UNDER_WAY = 2_000
const USUAL_BYTES = 200 * 1024 * 1024

export const TONES: Readonly<Record<Import['state'], Tone>> = {
  waiting: 'info',
  running: 'brand',
  done: 'good',
  failed: 'bad',
  cancelled: 'wait',
}

export const isMoving = (one: Pick<Import, 'state'> | undefined): boolean => one?.state === 'waiting' || one?.state === 'running'

/** How much of the file has been read, 0 to 1. */
export function share(one: Pick<Import, 'bytes_read' | 'size_bytes'>): number {
  return one.size_bytes > 0 ? Math.min(one.bytes_read / one.size_bytes, 1) : 0
}

export function useImports(): {
  list: Keyset<Import>
  filters: { state: string }
  active: ComputedRef<number>
  clear: () => void
} {
  const { filters, active, clear } = useFilters({ state: '' })
  const list = useKeyset(
    () => ['registry-imports', { ...filters }],
    ({ cursor, signal }) =>
      ask(
        api.GET(BASE, {
          signal,
          params: { query: { ...(chosen(filters) as { state?: Import['state'] }), cursor, limit: 20 } },
        }),
      ),
  )
  return { list, filters, active, clear }
}

/** How large a file may be, as the API tells it. */
export function useMostBytes(): ComputedRef<number> {
  const query = useQuery({
    queryKey: ['registry-imports', 'most-bytes'],
    queryFn: ({ signal }) => ask(api.GET(BASE, { signal, params: { query: { limit: 1 } } })),
    staleTime: Infinity,
  })
  return computed(() => query.data.value?.most_bytes ?? USUAL_BYTES)
}

/** One import, asked for again by itself while it waits or runs; `known` is what a list told of it. */
export function useImport(id: MaybeRefOrGetter<string>, known: () => Import | undefined = () => undefined) {
  const queries = useQueryClient()
  const key = computed(() => ['registry-import', toValue(id)])
  const query = useQuery({
    queryKey: key,
    queryFn: ({ signal }) =>
      ask(
        api.GET(`${BASE}/{import_id}`, {
          signal,
          // the first look is the reader's, the later ones the page's own
          headers: queries.getQueryData(key.value) ? UNATTENDED : {},
          params: { path: { import_id: toValue(id) } },
        }),
      ),
    initialData: known,
    refetchInterval: ({ state }) => (isMoving(state.data) ? UNDER_WAY : false),
    enabled: () => known() === undefined || isMoving(known()),
  })
  return query
}

export function useStopping(): (one: Import) => Promise<void> {
  const queries = useQueryClient()
  return async (one) => {
    const isDone = await confirmAct({
      title: '取消这次导入',
      effects: [
        '还没有处理的行不再导入。',
        one.rows ? `已处理的 ${one.rows.toLocaleString('zh-CN')} 行保留，不会撤回。` : '还没有处理任何行。',
        '需要时可以再次上传同一文件，已导入的行不会重复。',
      ],
      label: '取消导入',
      isDangerous: true,
      perform: () => ask(api.POST(`${BASE}/{import_id}/cancel`, { params: { path: { import_id: one.id } } })),
    })
    if (isDone) tell('已取消导入。')
    await Promise.all([
      queries.invalidateQueries({ queryKey: ['registry-import', one.id] }),
      queries.invalidateQueries({ queryKey: ['registry-imports'] }),
    ])
  }
}

export function errorsOf(one: Pick<Import, 'id'>): string {
  return `${BASE}/${one.id}/errors`
}
