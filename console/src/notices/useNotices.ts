/** The inbox of the one who is signed in: its list and what can be done with an entry. */

import { useMutation, useQueryClient, type UseMutationReturnType } from '@tanstack/vue-query'

import { api, ask, type Schemas } from '@/api/client'
import { chosen, useFilters } from '@/api/filters'
import { type Keyset, useKeyset } from '@/api/paging'
import type { Problem } from '@/api/problem'
import { UNREAD } from '@/shell/signals'

export type Notice = Schemas['miniprogram_api__notifications__staff_schemas__NoticeOut']
export type Box = 'current' | 'archived'

const KEY = 'notices'

export function useNotices(): {
  list: Keyset<Notice>
  filters: { box: Box; kind: string; unread: boolean }
  active: Readonly<{ value: number }>
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

type Act = UseMutationReturnType<unknown, Problem, readonly string[], unknown>

/** Marks and moves; the list and the header's number follow. */
export function useNoticeActs(): { read: Act; archive: Act; restore: Act; readAll: Act } {
  const queries = useQueryClient()
  const settled = async (): Promise<void> => {
    await Promise.all([queries.invalidateQueries({ queryKey: [KEY] }), queries.invalidateQueries({ queryKey: UNREAD })])
  }
  const act = (send: (ids: string[]) => Promise<unknown>): Act =>
    useMutation({ mutationFn: (ids: readonly string[]) => send([...ids]), onSettled: settled })
  return {
    read: act((ids) => ask(api.POST('/api/staff/v1/notices/read', { body: { ids } }))),
    archive: act((ids) => ask(api.POST('/api/staff/v1/notices/archive', { body: { ids } }))),
    restore: act((ids) => ask(api.POST('/api/staff/v1/notices/unarchive', { body: { ids } }))),
    // what arrives meanwhile stays unread: the newest one on the page says up to where was read
    readAll: act(([newest]) => ask(api.POST('/api/staff/v1/notices/read-all', { body: { up_to: newest ?? null } }))),
  }
}
