/** What the header tells at every page: unread notices, and alarms to those who watch the system. */

import { useQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef } from 'vue'

import { api, ask, UNATTENDED } from '@/api/client'
import { byDoor } from '@/door'
import { pages } from '@/router'
import { useSession } from '@/session/store'

export const UNREAD = ['unread'] as const
export const ALARMS = ['alarms', 'open'] as const
const EVERY = 30_000
const MOST = 100

interface Alarms {
  count: string
  to: string
}

const unreadOfStaff = (signal: AbortSignal): Promise<{ unread: number | string }> =>
  ask(api.GET('/api/staff/v1/notices/unread-count', { signal, headers: UNATTENDED }))

async function unreadOfBank(signal: AbortSignal): Promise<{ unread: number | string }> {
  const query = { unread: true, limit: 1 }
  const told = await ask(api.GET('/api/partner/v1/notices', { signal, headers: UNATTENDED, params: { query } }))
  return { unread: told.count ?? 0 }
}

export function useSignals(): { unread: ComputedRef<string>; alarms: ComputedRef<Alarms | null> } {
  const session = useSession()
  const unread = useQuery({
    queryKey: UNREAD,
    queryFn: ({ signal }) => byDoor({ staff: unreadOfStaff, bank: unreadOfBank })(signal),
    refetchInterval: EVERY,
    enabled: computed(() => !session.isLapsed),
  })
  const alarms = useQuery({
    queryKey: ALARMS,
    queryFn: ({ signal }) =>
      ask(api.GET('/api/staff/v1/alerts', { signal, headers: UNATTENDED, params: { query: { state: 'open', limit: MOST } } })),
    refetchInterval: EVERY,
    enabled: computed(() => session.can('system.watch') && !session.isLapsed),
  })
  const page = pages.find((one) => one.name === 'alerts') ?? pages.find((one) => one.name === 'runtime')
  return {
    unread: computed(() => shown(unread.data.value?.unread ?? 0)),
    alarms: computed(() => {
      const told = alarms.data.value
      if (!told || told.items.length === 0) return null
      return { count: `${told.items.length}${told.next ? '+' : ''}`, to: page?.path ?? '/' }
    }),
  }
}

function shown(count: number | string): string {
  if (typeof count === 'string') return count
  return count > 99 ? '99+' : count > 0 ? String(count) : ''
}
