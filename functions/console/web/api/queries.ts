/** Hooks for reading: one response, or a list page by page. */
import {
  keepPreviousData,
  useInfiniteQuery,
  useQuery,
  type UseQueryResult,
} from '@tanstack/react-query';
import { call } from './call';
import type { Input, ItemOf, Output } from './endpoint-types';
import { cursorOf } from './request';
import type { CallName } from './routes';

export interface ReadOptions<Data> {
  /** Whether something may change soon: polled every two seconds instead of every thirty. */
  readonly isActive?: (data: Data) => boolean;
  readonly enabled?: boolean;
  /** False for what changes with a sync run only and costs much: read once. */
  readonly polls?: boolean;
}

/** Nothing is polled while the page is hidden. */
export const pollIntervalMs = { active: 2_000, idle: 30_000 };

export function useRead<Name extends CallName>(
  name: Name,
  input: Input<Name>,
  { isActive, enabled = true, polls = true }: ReadOptions<Output<Name>> = {},
): UseQueryResult<Output<Name>> {
  return useQuery({
    queryKey: [name, input],
    queryFn: ({ signal }) => call(name, input, { signal }),
    enabled,
    placeholderData: keepPreviousData,
    ...(!polls && { staleTime: 60_000 }),
    refetchInterval: ({ state }) =>
      polls && isActive && state.data !== undefined && isActive(state.data as Output<Name>)
        ? pollIntervalMs.active
        : polls && pollIntervalMs.idle,
  }) as UseQueryResult<Output<Name>>;
}

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextLink?: string | undefined;
}

export interface ListView<Item> {
  readonly query: UseQueryResult<readonly Item[]>;
  readonly hasMore: boolean;
  readonly loadMore: () => void;
  readonly isLoadingMore: boolean;
}

/** A list as far as it was opened. `loadMore` reads the next page. */
export function useList<Name extends CallName>(
  name: Name,
  input: Input<Name>,
  { isActive, enabled = true, polls = true }: ReadOptions<readonly ItemOf<Name>[]> = {},
): ListView<ItemOf<Name>> {
  type Item = ItemOf<Name>;
  const query = useInfiniteQuery({
    queryKey: [name, input, 'pages'],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => {
      const { query: filters } = input as { readonly query?: object };
      const paged = { ...(input as object), query: { ...filters, cursor: pageParam } };
      return call(name, paged as unknown as Input<Name>, { signal }) as Promise<Page<Item>>;
    },
    getNextPageParam: ({ nextLink }) => cursorOf(nextLink),
    select: ({ pages }) => pages.flatMap(({ items }) => items),
    placeholderData: keepPreviousData,
    enabled,
    ...(!polls && { staleTime: 60_000 }),
    refetchInterval: ({ state }) =>
      polls && isActive?.(state.data?.pages.flatMap(({ items }) => items) ?? [])
        ? pollIntervalMs.active
        : polls && pollIntervalMs.idle,
  });
  return {
    query: query as unknown as UseQueryResult<readonly Item[]>,
    hasMore: query.hasNextPage,
    loadMore: () => void query.fetchNextPage(),
    isLoadingMore: query.isFetchingNextPage,
  };
}
