/** The next page of a list. */
import { Button, Center } from '@mantine/core';
import type { ListView } from '../api/queries';

type Pages = Omit<ListView<unknown>, 'query'>;

export function LoadMore({ list }: { readonly list: Pages }) {
  if (!list.hasMore) return null;
  return (
    <Center mt="md">
      <Button variant="default" onClick={list.loadMore} loading={list.isLoadingMore}>
        Show more
      </Button>
    </Center>
  );
}
