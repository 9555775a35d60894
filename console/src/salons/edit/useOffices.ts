/** Units to choose from: all of them for whoever may read them, else one's own and the one that stands there. */

import { useQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef } from 'vue'

import { api, ask } from '@/api/client'
import type { Choice } from '@/api/words'
import { useSession } from '@/session/store'

type Office = { id: string | null | undefined; name: string | null | undefined }

export function useOffices(kept: () => Office): ComputedRef<Choice[]> {
  const session = useSession()
  const units = useQuery({
    queryKey: ['units', false],
    queryFn: ({ signal }) => ask(api.GET('/api/staff/v1/units', { signal, params: { query: { with_closed: false } } })),
    enabled: computed(() => session.can('staff.read')),
  })
  return computed(() => {
    const own: Office = { id: session.me?.unit_id, name: session.me?.unit }
    const all = [own, kept(), ...(units.data.value?.items ?? [])]
    return [...new Map(all.flatMap(({ id, name }) => (id && name ? [[id, name] as const] : [])))]
  })
}
