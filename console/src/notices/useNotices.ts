/** The inbox of the one who is signed in: its list and what can be done with an entry. */

import { useMutation, useQueryClient } from '@tanstack/vue-query'
import type { ComputedRef, Ref } from 'vue'

import { api, ask, type ItemOf } from '@/api/client'
import { chosen, useFilters } from '@/api/filters'
import { type Keyset, useKeyset } from '@/api/paging'
import type { Problem } from '@/api/problem'
import { UNREAD } from '@/shell/signals'

export type Notice = ItemOf<'/api/staff/v1/notices'>
export type Box = 'current' | 'archived'

const KEY = 'notices'

export function useNotices(): {
  list: Keyset<Notice>
  filters: { box: Box; kind: string; unread: boolean }
  active: ComputedRef<number>
  clear: () => void
} {
  const { filters, active, clear } = useFilters({ box: 'current' as Box, kind: '', unread: false })
  const list = useKeyset(
    () => [KEY, { ...filters }],
    ({ cursor, signal }) =>
      ask(api.GET('/api/staff/v1/notices', { signal, params: { query: { ...chosen(filters), cursor, limit: 30 } } })),
  )
  return { list, filters, active, clear }
}

type Act = (ids: readonly string[]) => void

/** Marks and moves; the list and the header's number follow. */
export function useNoticeActs(): { read: Act; archive: Act; restore: Act; readAll: Act; problem: Ref<Problem | null> } {
  const queries = useQueryClient()
  const run = useMutation({
    mutationFn: (send: () => Promise<unknown>) => send(),
    onSettled: () =>
      Promise.all([queries.invalidateQueries({ queryKey: [KEY] }), queries.invalidateQueries({ queryKey: UNREAD })]),
  })
  const act =
    (send: (ids: string[]) => Promise<unknown>): Act =>
    (ids) =>
      run.mutate(() => send([...ids]))
  return {
    problem: run.error,
    read: act((ids) => ask(api.POST('/api/staff/v1/notices/read', { body: { ids } }))),
    archive: act((ids) => ask(api.POST('/api/staff/v1/notices/archive', { body: { ids } }))),
    restore: act((ids) => ask(api.POST('/api/staff/v1/notices/unarchive', { body: { ids } }))),
    // what arrives meanwhile stays unread: the newest one on the page says up to where was read
    readAll: act(([newest]) => ask(api.POST('/api/staff/v1/notices/read-all', { body: { up_to: newest ?? null } }))),
  }
}
