/** When syncs start by themselves. */
import {
  Alert,
  Button,
  Card,
  Fieldset,
  Group,
  List,
  NumberInput,
  SegmentedControl,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { fieldErrors } from '../../../api/api-error';
import { call } from '../../../api/call';
import type { Output } from '../../../api/endpoint-types';
import { useRead } from '../../../api/queries';
import { durationText } from '../../../parts/format';
import { Loaded } from '../../../parts/loaded';
import { notifyDone } from '../../../parts/notify';
import { ProblemAlert } from '../../../parts/problem';
import { Time } from '../../../parts/time';
import { useRole } from '../../../session/person';
import { Conflict, isConflict } from '../detail/conflict';
import { useRefreshConnectors } from '../refresh-connector';
import { nextTimes, type Plan } from './next-times';

type Schedule = Output<'getSchedule'>;

export function ScheduleTab({ connectorId }: { readonly connectorId: string }) {
  const schedule = useRead('getSchedule', { params: { connectorId } });
  return (
    <Loaded query={schedule}>
      {(stored) => <Editor connectorId={connectorId} stored={stored} key={connectorId} />}
    </Loaded>
  );
}

interface Props {
  readonly connectorId: string;
  readonly stored: Schedule;
}

function Editor({ connectorId, stored }: Props) {
  const isOwner = useRole('Owner');
  const [plan, setPlan] = useState<Plan>(() => planOf(stored));
  const [paused, setPaused] = useState(stored.paused);
  const [etag, setEtag] = useState(stored.etag);
  const refresh = useRefreshConnectors();
  const params = { connectorId };
  const change = useMutation({
    mutationFn: () =>
      call('replaceSchedule', { params, body: bodyOf(plan, paused) }, { ifMatch: etag }),
    async onSuccess(saved) {
      setEtag(saved.etag);
      await refresh();
      notifyDone('The schedule is saved.');
    },
    async onError(error) {
      if (!isConflict(error)) return;
      setEtag((await call('getSchedule', { params })).etag);
      await refresh();
    },
  });
  const errors = fieldErrors(change.error);
  const set = (by: Partial<Plan>) => setPlan({ ...plan, ...by });
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
      <Card withBorder radius="md" padding="lg">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (!change.isPending) change.mutate();
          }}
        >
          <Fieldset disabled={!isOwner} variant="unstyled">
            <Stack>
              <Title order={2} size="h4">
                Schedule
              </Title>
              <SegmentedControl
                value={plan.kind}
                onChange={(kind) => set({ kind: kind as Plan['kind'] })}
                disabled={!isOwner}
                data={[
                  { value: 'manual', label: 'By hand' },
                  { value: 'interval', label: 'Every …' },
                  { value: 'cron', label: 'At times' },
                ]}
                fullWidth
              />
              {plan.kind === 'interval' && (
                <NumberInput
                  label="Minutes between two syncs"
                  description={durationText(plan.minutes * 60_000)}
                  value={plan.minutes}
                  onChange={(value) => set({ minutes: Number(value) })}
                  min={5}
                  max={43_200}
                  error={errors['minutes']}
                />
              )}
              {plan.kind === 'cron' && (
                <>
                  <TextInput
                    label="Cron expression"
                    description="Minute, hour, day of month, month, day of week"
                    value={plan.expression}
                    onChange={({ currentTarget }) => set({ expression: currentTarget.value })}
                    error={errors['expression']}
                    ff="monospace"
                  />
                  <Group gap="xs">
                    {presets.map(([label, expression]) => (
                      <Button
                        key={label}
                        size="compact-xs"
                        variant="default"
                        onClick={() => set({ expression })}
                      >
                        {label}
                      </Button>
                    ))}
                  </Group>
                  <Select
                    label="Time zone"
                    value={plan.timeZone}
                    onChange={(timeZone) => set({ timeZone: timeZone ?? 'UTC' })}
                    data={zones}
                    searchable
                    limit={50}
                    allowDeselect={false}
                    error={errors['timeZone']}
                  />
                </>
              )}
              <Switch
                label="Paused"
                description="No sync starts by itself until this is switched off."
                checked={paused}
                onChange={({ currentTarget }) => setPaused(currentTarget.checked)}
              />
              <Conflict
                connectorId={connectorId}
                error={change.error}
                theirs={stored.kind === 'cron' ? (stored.expression ?? '') : stored.kind}
              />
              {change.isError && !isConflict(change.error) && <ProblemAlert error={change.error} />}
              {isOwner && (
                <Group justify="flex-end">
                  <Button type="submit" loading={change.isPending}>
                    Save schedule
                  </Button>
                </Group>
              )}
            </Stack>
          </Fieldset>
        </form>
      </Card>
      <Preview plan={plan} paused={paused} stored={stored} />
    </SimpleGrid>
  );
}

function Preview({
  plan,
  paused,
  stored,
}: {
  readonly plan: Plan;
  readonly paused: boolean;
  readonly stored: Schedule;
}) {
  const times = nextTimes(plan, new Date());
  const timeZone = plan.kind === 'cron' ? plan.timeZone : undefined;
  return (
    <Card withBorder radius="md" padding="lg">
      <Title order={2} size="h4" mb="md">
        Next syncs
      </Title>
      {stored.skipped && (
        <Alert color="yellow" mb="md">
          No sync starts while the connector is not connected.
        </Alert>
      )}
      {stored.nextRunAt !== null && (
        <Text size="sm" mb="md">
          As saved, the next sync starts <Time value={stored.nextRunAt} />.
        </Text>
      )}
      {times === undefined ? (
        <Text size="sm">The expression has no next time yet.</Text>
      ) : times.length === 0 || paused ? (
        <Text size="sm">No sync starts by itself. People start it by hand.</Text>
      ) : (
        <>
          <List size="sm" spacing={6} type="ordered">
            {times.map((time) => (
              <List.Item key={time.getTime()}>
                {time.toLocaleString(undefined, {
                  weekday: 'short',
                  day: 'numeric',
                  month: 'short',
                  hour: '2-digit',
                  minute: '2-digit',
                  timeZone,
                })}
              </List.Item>
            ))}
          </List>
          <Text size="xs" c="var(--app-muted)" mt="sm">
            {timeZone === undefined ? 'If a sync started now, in your time zone' : `In ${timeZone}`}
            . Starts are spread over up to five minutes.
          </Text>
        </>
      )}
    </Card>
  );
}

const presets = [
  ['Every hour', '0 * * * *'],
  ['Daily at 6:00', '0 6 * * *'],
  ['Weekdays at 6:00', '0 6 * * 1-5'],
] as const;

const zones = [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])];

function planOf({ kind, minutes, expression, timeZone }: Schedule): Plan {
  const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return {
    kind,
    minutes: minutes ?? 360,
    expression: expression ?? '0 6 * * *',
    timeZone: timeZone ?? ownZone,
  };
}

function bodyOf({ kind, minutes, expression, timeZone }: Plan, paused: boolean) {
  switch (kind) {
    case 'manual':
      return { kind, paused };
    case 'interval':
      return { kind, minutes, paused };
    case 'cron':
      return { kind, expression: expression.trim(), timeZone, paused };
  }
}
