/** Which factories a connector syncs: rules that include or exclude them. */
import {
  ActionIcon,
  Button,
  Card,
  Fieldset,
  Group,
  NativeSelect,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { call } from '../../../api/call';
import { notifyDone } from '../../../parts/notify';
import { ProblemAlert } from '../../../parts/problem';
import { useRole } from '../../../session/person';
import { useRefreshConnectors } from '../refresh-connector';
import { Conflict, isConflict } from './conflict';
import type { DetailedConnector } from './detailed-connector';
import { draftsOf, emptyRule, filtersOf, type RuleDraft } from './filter-rules';

const parts = [
  ['factory', 'Factory'],
  ['resourceGroup', 'Resource group'],
  ['subscriptionId', 'Subscription ID'],
  ['tagName', 'Tag'],
  ['tagValue', 'Tag value'],
] as const;

export function FilterEditor({ connector }: { readonly connector: DetailedConnector }) {
  const isOwner = useRole('Owner');
  const [drafts, setDrafts] = useState(() => draftsOf(connector.filters));
  const [etag, setEtag] = useState(connector.etag);
  const refresh = useRefreshConnectors();
  const params = { connectorId: connector.id };
  const change = useMutation({
    mutationFn: () =>
      call('updateConnector', { params, body: { filters: filtersOf(drafts) } }, { ifMatch: etag }),
    async onSuccess(changed) {
      setEtag(changed.etag);
      await refresh();
      notifyDone('The next sync applies them.', 'Filters saved');
    },
    async onError(error) {
      if (!isConflict(error)) return;
      setEtag((await call('getConnector', { params })).etag);
      await refresh();
    },
  });
  const replace = (index: number, by: Partial<RuleDraft>) =>
    setDrafts(drafts.map((draft, at) => (at === index ? { ...draft, ...by } : draft)));
  const count = draftsOf(connector.filters).length;
  return (
    <Card withBorder radius="md" padding="lg">
      <Title order={2} size="h4">
        Filters
      </Title>
      <Text size="sm" c="var(--app-muted)" mb="md">
        Without a rule every factory is synced. Exclusion takes precedence. All parts of a rule must
        match.
      </Text>
      <Fieldset disabled={!isOwner} variant="unstyled">
        <Stack>
          {drafts.map((draft, index) => (
            <Group key={index} align="flex-end" wrap="nowrap">
              <SimpleGrid cols={{ base: 1, xs: 2, md: 3, xl: 6 }} flex={1} spacing="xs">
                <NativeSelect
                  label="Rule"
                  value={draft.effect}
                  onChange={({ currentTarget }) =>
                    replace(index, { effect: currentTarget.value as RuleDraft['effect'] })
                  }
                  data={[
                    { value: 'include', label: 'Include' },
                    { value: 'exclude', label: 'Exclude' },
                  ]}
                />
                {parts.map(([name, label]) => (
                  <TextInput
                    key={name}
                    label={label}
                    value={draft[name]}
                    onChange={({ currentTarget }) =>
                      replace(index, { [name]: currentTarget.value })
                    }
                  />
                ))}
              </SimpleGrid>
              <ActionIcon
                variant="subtle"
                color="red"
                size="lg"
                aria-label={`Remove rule ${index + 1}`}
                onClick={() => setDrafts(drafts.filter((_, at) => at !== index))}
              >
                <Trash2 size={16} />
              </ActionIcon>
            </Group>
          ))}
          <Conflict
            connectorId={connector.id}
            error={change.error}
            theirs={count === 1 ? '1 rule' : `${count} rules`}
          />
          {change.isError && !isConflict(change.error) && <ProblemAlert error={change.error} />}
          {isOwner && (
            <Group justify="space-between">
              <Button
                variant="default"
                leftSection={<Plus size={16} />}
                onClick={() => setDrafts([...drafts, emptyRule])}
              >
                Add a rule
              </Button>
              <Button onClick={() => change.mutate()} loading={change.isPending}>
                Save filters
              </Button>
            </Group>
          )}
        </Stack>
      </Fieldset>
    </Card>
  );
}
