/**
 * The content of a query, or its state: a skeleton after 300 ms, a sentence after 10 s, and after
 * 30 s an error with a way out.
 */
import { Skeleton, Stack, Text } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { useEffect, useState, type ComponentProps, type ReactNode } from 'react';
import { PageHeader } from './page-header';
import { ProblemAlert } from './problem';

const stages = [300, 10_000, 30_000];

export function Loaded<Data>({
  query,
  rows = 4,
  page,
  children,
}: {
  readonly query: UseQueryResult<Data>;
  /** Lines of the skeleton. */
  readonly rows?: number;
  /** Header of an error, for a page whose header is part of the content. */
  readonly page?: Pick<ComponentProps<typeof PageHeader>, 'title' | 'parents'>;
  readonly children: (data: Data) => ReactNode;
}) {
  const retry = () => void query.refetch();
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.isError)
    return (
      <>
        {page && <PageHeader {...page} />}
        <ProblemAlert error={query.error} onRetry={retry} />
      </>
    );
  return <Waiting rows={rows} onRetry={retry} />;
}

export function Waiting({
  rows = 4,
  onRetry,
}: {
  readonly rows?: number;
  readonly onRetry?: () => void;
}) {
  const stage = useStage();
  if (stage === 0) return null;
  if (stage === 3)
    return (
      <ProblemAlert
        error={new Error('The service does not respond. Check your network, then try again.')}
        {...(onRetry && { onRetry })}
      />
    );
  return (
    <Stack gap="sm" aria-busy="true">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={28} radius="sm" />
      ))}
      <Text size="sm" role="status">
        {stage === 2 ? 'This takes longer than usual. The service is still working on it.' : ''}
      </Text>
    </Stack>
  );
}

function useStage(): number {
  const [stage, setStage] = useState(0);
  useEffect(() => {
    const timers = stages.map((ms, index) => setTimeout(() => setStage(index + 1), ms));
    return () => timers.forEach(clearTimeout);
  }, []);
  return stage;
}
