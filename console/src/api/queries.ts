/** What is kept of the API's answers, and when one is asked for again. */

import { QueryClient } from '@tanstack/vue-query'

import { Problem } from './problem'

const PATIENCE = 2

/** A refusal stays one however often it is asked; what never reached the server is tried again. */
export function worthRetrying(failures: number, error: Error): boolean {
  if (!(error instanceof Problem)) return false
  return failures < PATIENCE && (error.status === 0 || error.status >= 502)
}

export const queries = new QueryClient({
  defaultOptions: {
    queries: { retry: worthRetrying, staleTime: 10_000, refetchOnWindowFocus: true },
    mutations: { retry: false },
  },
})

declare module '@tanstack/vue-query' {
  interface Register {
    defaultError: Problem
  }
}
