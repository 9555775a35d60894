/** Files that are sent one after the other: how far they are, which were refused and why, and how to stop. */

import { computed, type ComputedRef, onBeforeUnmount, ref, type Ref, shallowRef } from 'vue'

import { asProblem, isAbort } from '@/api/problem'

import { type SalonFile, send, type Use, useOf, wrongWith } from '../files'

export interface Refused {
  name: string
  why: string
}

interface Current {
  name: string
  nth: number
  of: number
}

export interface Uploads {
  uses: () => readonly Use[]
  current: Readonly<Ref<Current | null>>
  isSending: ComputedRef<boolean>
  percent: ComputedRef<number>
  refused: Ref<Refused[]>
  add: (files: readonly File[]) => Promise<void>
  stop: () => void
}

/** `uses` are what files may be for; `kept` hears of each file that the API took in; `room` says how many there may still be. */
export function useUploads(salon: () => string, uses: () => readonly Use[], room: () => number, kept: (file: SalonFile) => void): Uploads {
  const current = shallowRef<Current | null>(null)
  const part = ref(0)
  const refused = ref<Refused[]>([])
  let giveUp = new AbortController()

  async function one(file: File): Promise<void> {
    try {
      const what = useOf(file.name, uses())?.what ?? 'material'
      kept(await send(salon(), what, file, (now) => (part.value = now), giveUp.signal))
    } catch (error) {
      if (isAbort(error)) return
      refused.value.push({ name: file.name, why: asProblem(error).message })
    }
  }

  async function add(files: readonly File[]): Promise<void> {
    const told = files.map((file, nth) => ({ file, why: wrongWith(file, uses()) ?? (nth < room() ? undefined : '份数已满。') }))
    refused.value = told.flatMap(({ file, why }) => (why ? [{ name: file.name, why }] : []))
    const fit = told.flatMap(({ file, why }) => (why ? [] : [file]))
    giveUp = new AbortController()
    for (const [nth, file] of fit.entries()) {
      if (giveUp.signal.aborted) break
      part.value = 0
      current.value = { name: file.name, nth: nth + 1, of: fit.length }
      await one(file)
    }
    current.value = null
  }

  const stop = (): void => giveUp.abort()
  onBeforeUnmount(stop)
  return { uses, current, isSending: computed(() => current.value !== null), percent: computed(() => Math.floor(part.value * 100)), refused, add, stop }
}
