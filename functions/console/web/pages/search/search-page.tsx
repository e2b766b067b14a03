/** Results of a search over all connectors, with facets by kind and factory. */
import { Text } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { Search } from 'lucide-react';
import { useSearchParams } from 'react-router';
import { call } from '../../api/call';
import { cursorOf } from '../../api/request';
import { Empty } from '../../parts/empty';
import { numberText } from '../../parts/format';
import { LoadMore } from '../../parts/load-more';
import { Loaded } from '../../parts/loaded';
import { PageHeader } from '../../parts/page-header';
import type { Kind } from '../catalog/catalog';
import { FacetList } from './facet-list';
import { Results } from './results';
import { minLength, type Asked } from './search';
import { SearchField } from './search-field';

export function Page() {
  const [parameters, setParameters] = useSearchParams();
  const given = (name: string) => parameters.get(name) ?? undefined;
  const asked: Asked = {
    q: given('q') ?? '',
    kind: given('kind'),
    factory: given('factory'),
    connectorId: given('connectorId'),
  };
  const choose = (by: Partial<Asked>) =>
    setParameters(
      Object.entries({ ...asked, ...by }).filter(([, value]) => value) as [string, string][],
      { replace: true },
    );
  return (
    <>
      <PageHeader
        title="Search"
        description="Names, folders, descriptions, annotations, tables, files and SQL of all connectors. Typing mistakes are forgiven."
      />
      <SearchField className="page-search" />
      {asked.q.trim().length < minLength ? (
        <Empty
          icon={Search}
          title="What are you looking for?"
          text="Enter at least two characters. Every word must be found."
        />
      ) : (
        <Found asked={asked} onChoose={choose} />
      )}
    </>
  );
}

function useSearch({ q, kind, factory, connectorId }: Asked) {
  const query = { q, kind: kind as Kind | undefined, factory, connectorId, limit: 25 };
  return useInfiniteQuery({
    queryKey: ['search', query],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      call('search', { query: { ...query, cursor: pageParam } }, { signal }),
    getNextPageParam: ({ nextLink }) => cursorOf(nextLink),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    select: ({ pages }) => ({
      items: pages.flatMap(({ items }) => items),
      total: pages[0]!.total,
      facets: pages[0]!.facets,
    }),
  });
}

interface FoundProps {
  readonly asked: Asked;
  readonly onChoose: (by: Partial<Asked>) => void;
}

function Found({ asked, onChoose }: FoundProps) {
  const query = useSearch(asked);
  const more = {
    hasMore: query.hasNextPage,
    loadMore: () => void query.fetchNextPage(),
    isLoadingMore: query.isFetchingNextPage,
  };
  return (
    <Loaded query={query}>
      {({ items, total, facets }) => (
        <div className="search-layout">
          <FacetList facets={facets} asked={asked} onChoose={onChoose} />
          <div>
            <Text size="sm" c="var(--app-muted)" mb="xs" role="status">
              {total === 1 ? '1 result' : `${numberText(total)} results`} for “{asked.q}”
            </Text>
            {items.length === 0 ? (
              <Empty
                icon={Search}
                title="Nothing was found"
                text="Use fewer or other words, or another kind or factory. Every word must be found."
              />
            ) : (
              <Results hits={items} />
            )}
            <LoadMore list={more} />
          </div>
        </div>
      )}
    </Loaded>
  );
}
