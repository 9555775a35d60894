/** Lists that go on by cursor: pages already seen stay, the next one is asked for when it is wanted. */

import { keepPreviousData, useInfiniteQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef, type Ref, toValue, type MaybeRefOrGetter } from 'vue'

import type { Problem } from './problem'

export interface Page<T> {
  items: readonly T[]
  next?: string | null
  /** How many fit the filters in all, told with the first page; `count_is_at_least` when there are even more. */
  count?: number | null
  count_is_at_least?: boolean
}

export interface Asked {
  cursor?: string
  signal: AbortSignal
}

export interface Keyset<T> {
  items: ComputedRef<T[]>
  /** What the reader is told: how many there are, or how many of them stand here. */
  count: ComputedRef<string>
  isEmpty: ComputedRef<boolean>
  hasMore: Ref<boolean>
  isLoading: Ref<boolean>
  isRefreshing: ComputedRef<boolean>
  isLoadingMore: Ref<boolean>
  problem: Ref<Problem | null>
  loadMore: () => Promise<unknown>
  retry: () => Promise<unknown>
}

/**
 * `key` names what is listed and holds the filters, so that another filter is another list; `fetch` gets the cursor
 * only from the second page on. Leaving the page cancels what is still under way.
 */
export function useKeyset<T>(
  key: MaybeRefOrGetter<readonly unknown[]>,
  fetch: (asked: Asked) => Promise<Page<T>>,
  options: { enabled?: MaybeRefOrGetter<boolean> } = {},
): Keyset<T> {
  const query = useInfiniteQuery<Page<T>, Problem, { pages: Page<T>[] }, readonly unknown[], string | null>({
    queryKey: computed(() => toValue(key)),
    queryFn: ({ pageParam, signal }) => fetch(pageParam === null ? { signal } : { cursor: pageParam, signal }),
    initialPageParam: null,
    getNextPageParam: (last) => last.next ?? null,
    placeholderData: keepPreviousData,
    enabled: computed(() => toValue(options.enabled) ?? true),
  })
  const items = computed(() => query.data.value?.pages.flatMap((page) => [...page.items]) ?? [])
  return {
    items,
    count: computed(() => told(items.value.length, query.hasNextPage.value, query.data.value?.pages[0])),
    isEmpty: computed(() => query.isSuccess.value && items.value.length === 0),
    hasMore: query.hasNextPage,
    isLoading: query.isPending,
    isRefreshing: computed(() => query.isPlaceholderData.value),
    isLoadingMore: query.isFetchingNextPage,
    problem: query.error,
    loadMore: () => query.fetchNextPage(),
    retry: () => (query.isFetchNextPageError.value ? query.fetchNextPage() : query.refetch()),
  }
}

/** A number is told only when it is known. */
export function told(shown: number, hasMore: boolean, first: Pick<Page<unknown>, 'count' | 'count_is_at_least'> = {}): string {
  if (!hasMore) return `共 ${shown.toLocaleString('zh-CN')} 条`
  if (typeof first.count !== 'number') return `已显示 ${shown} 条，还有更多`
  const all = first.count.toLocaleString('zh-CN')
  return `${first.count_is_at_least ? `至少 ${all}` : `共 ${all}`} 条，已显示 ${shown} 条`
}
