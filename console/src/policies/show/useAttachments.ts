/** The files of the open version: what was added, renamed or put in another order stands only after it is saved. */

import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type ComputedRef, ref, type Ref, shallowRef, watch } from 'vue'

import { api, ask, ifMatch, type Schemas } from '@/api/client'
import { asProblem, type Problem } from '@/api/problem'
import { differing, saveOrAsk } from '@/components/conflict'
import { tell } from '@/components/tell'

import { fetchPolicy, openVersion, type Policy, policyKey } from '../usePolicy'

export type Attached = Schemas['AttachmentOut']
export interface Wanted {
  file_id: string
  title: string
  name: string
  size: number
  url: string
}

export interface Attachments {
  /** Those of versions that are out, which stay as they are. */
  kept: ComputedRef<Attached[]>
  wanted: Ref<Wanted[]>
  isDirty: ComputedRef<boolean>
  isBusy: Ref<boolean>
  problem: Ref<Problem | null>
  /** One after the other; the first that is refused stops it, and is told. */
  add: (files: readonly File[]) => Promise<void>
  move: (at: number, by: -1 | 1) => void
  save: () => Promise<void>
}

const fetchFiles = (id: string, signal?: AbortSignal): Promise<Schemas['AttachmentsOut']> =>
  ask(api.GET('/api/staff/v1/policies/{policy_id}/attachments', { ...(signal && { signal }), params: { path: { policy_id: id } } }))

/** The files of one version, as its list shows them. */
function filesOf(all: readonly Attached[], edition: number | undefined): Wanted[] {
  return all.filter((one) => one.edition === edition).map(({ file_id, title, name, size, url }) => ({ file_id, title, name, size, url }))
}

const listed = (files: readonly Wanted[]): string => files.map((one, at) => `${at + 1}. ${one.title.trim()}（${one.name}）`).join('\n')

export function useAttachments(policy: () => Policy): Attachments {
  const queries = useQueryClient()
  const query = useQuery({
    queryKey: computed(() => ['policy', policy().id, 'files', policy().version]),
    queryFn: ({ signal }) => fetchFiles(policy().id, signal),
  })
  const edition = computed(() => openVersion(policy())?.edition)
  const all = computed(() => query.data.value?.items ?? [])
  const wanted = ref<Wanted[]>([])
  const saved = ref('[]')
  const isBusy = ref(false)
  const problem = shallowRef<Problem | null>(null)
  const spelled = (files: readonly Wanted[]): string => JSON.stringify(files.map((one) => [one.file_id, one.title.trim()]))
  const isDirty = computed(() => spelled(wanted.value) !== saved.value)

  watch(
    all,
    (now) => {
      if (isDirty.value && wanted.value.length > 0) return
      wanted.value = filesOf(now, edition.value)
      saved.value = spelled(wanted.value)
    },
    { immediate: true },
  )

  async function trying(act: () => Promise<void>): Promise<void> {
    isBusy.value = true
    problem.value = null
    try {
      await act()
    } catch (error) {
      problem.value = asProblem(error)
    } finally {
      isBusy.value = false
    }
  }

  const add = (files: readonly File[]): Promise<void> =>
    trying(async () => {
      for (const file of files) await send(file)
    })

  async function send(file: File): Promise<void> {
    const form = new FormData()
    form.append('file', file)
    const kept = await ask(
      api.POST('/api/staff/v1/policies/{policy_id}/files', {
        params: { path: { policy_id: policy().id } },
        body: form as never,
        bodySerializer: (body: unknown) => body as FormData,
      }),
    )
    wanted.value.push({ file_id: kept.file_id, title: kept.name.replace(/\.[^.]+$/, ''), name: kept.name, size: kept.size, url: kept.url })
  }

  const save = (): Promise<void> =>
    trying(async () => {
      const { id } = policy()
      const attachments = wanted.value.map((one) => ({ file_id: one.file_id, title: one.title.trim() }))
      const done = await saveOrAsk({
        version: policy().version,
        save: (at) =>
          ask(api.PUT('/api/staff/v1/policies/{policy_id}/attachments', { params: { path: { policy_id: id }, header: ifMatch(at) }, body: { attachments } })),
        latest: async () => {
          const [now, files] = await Promise.all([fetchPolicy(id), fetchFiles(id)])
          return { version: now.version, value: filesOf(files.items, openVersion(now)?.edition) }
        },
        differences: (theirs) => differing([['附件', listed(wanted.value), listed(theirs)]]),
        take: (theirs) => {
          keep(theirs)
          void refreshed()
        },
      })
      if (!done) return
      keep(wanted.value)
      tell('附件已保存。')
      await refreshed()
    })

  const refreshed = (): Promise<void> => queries.invalidateQueries({ queryKey: policyKey(policy().id) })

  function keep(files: Wanted[]): void {
    wanted.value = files
    saved.value = spelled(files)
  }

  function move(at: number, by: -1 | 1): void {
    const [one] = wanted.value.splice(at, 1)
    if (one) wanted.value.splice(at + by, 0, one)
  }

  return { kept: computed(() => all.value.filter((one) => one.edition !== edition.value)), wanted, isDirty, isBusy, problem, add, move, save }
}
