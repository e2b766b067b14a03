/** Role rules as JSON, with a dry run before they are saved: who would gain and lose what. */
import {
  Alert,
  Button,
  Checkbox,
  Group,
  List,
  Stack,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/call';
import type { Input, Output } from '../../api/endpoint-types';
import { notifyDone } from '../../parts/notify';
import { ProblemAlert } from '../../parts/problem';
import { Time } from '../../parts/time';
import { roleTexts, scopeName } from './grant';

type Rules = Output<'getRoleRules'>;
type Content = Input<'compareRoleRules'>['body'];
type Comparison = Output<'compareRoleRules'>;

const textOf = ({ highestRoleOnly, rules }: Pick<Rules, 'highestRoleOnly' | 'rules'>) =>
  JSON.stringify({ highestRoleOnly, rules }, undefined, 2);

/** A first rule, to be changed. */
const example: Pick<Rules, 'highestRoleOnly' | 'rules'> = {
  highestRoleOnly: false,
  rules: [
    {
      id: 'operators',
      description: 'Data engineers run pipelines.',
      match: { kind: 'group_name', value: 'ADF operators' },
      role: 'operator',
      scopes: [
        '/subscriptions/<id>/resourceGroups/<group>/providers/Microsoft.DataFactory/factories/<name>',
      ],
      principalMode: 'user',
    },
  ],
};

/** Undefined if the text is no JSON. The service checks everything else. */
function contentOf(text: string): Content | undefined {
  try {
    return JSON.parse(text) as Content;
  } catch {
    return undefined;
  }
}

interface Props {
  readonly connectionId: string;
  readonly rules: Rules;
}

export function RulesEditor({ connectionId, rules }: Props) {
  const [text, setText] = useState(() => textOf(rules));
  const [reason, setReason] = useState('');
  const [isConfirmed, setIsConfirmed] = useState(false);
  const queries = useQueryClient();
  const params = { connectionId };
  const content = contentOf(text);
  const compare = useMutation({
    mutationFn: () => call('compareRoleRules', { params, body: content! }),
  });
  const save = useMutation({
    mutationFn: () =>
      call(
        'replaceRoleRules',
        { params, body: { ...content!, reason, confirmRevocations: isConfirmed } },
        { ifMatch: rules.etag },
      ),
    onSuccess: async () => {
      notifyDone('The rules are in force. Roles follow within seconds.');
      compare.reset();
      setReason('');
      await queries.invalidateQueries();
    },
  });
  const isOld = text !== textOf(rules) && !compare.data;
  return (
    <Stack>
      {rules.changedAt && (
        <Text size="sm" c="var(--app-muted)">
          Version {rules.version}, changed <Time value={rules.changedAt} /> by{' '}
          {rules.changedBy?.displayName}: {rules.reason}
        </Text>
      )}
      {rules.warnings.map(({ ruleId, detail }) => (
        <Alert key={`${ruleId} ${detail}`} color="yellow" variant="light" title={`Rule ${ruleId}`}>
          {detail}
        </Alert>
      ))}
      <Textarea
        label="Rules"
        description="Each gives the members of a group, or the users with a role, one role on factories or resource groups."
        value={text}
        onChange={({ currentTarget }) => {
          setText(currentTarget.value);
          compare.reset();
        }}
        autosize
        minRows={10}
        maxRows={28}
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        error={content ? undefined : 'The rules must be JSON.'}
      />
      <Group>
        <Button
          variant={compare.data ? 'default' : 'filled'}
          disabled={!content}
          loading={compare.isPending}
          onClick={() => compare.mutate()}
        >
          Show what would change
        </Button>
        {rules.rules.length === 0 && (
          <Button variant="default" onClick={() => setText(textOf(example))}>
            Insert an example
          </Button>
        )}
        {isOld && <Text size="sm">Not saved yet.</Text>}
      </Group>
      {compare.isError && <ProblemAlert error={compare.error} />}
      {compare.data && (
        <>
          <Changes comparison={compare.data} />
          <form
            onSubmit={(event) => {
              event.preventDefault();
              if (!save.isPending) save.mutate();
            }}
          >
            <Stack>
              {compare.data.needsConfirmation && (
                <Checkbox
                  label="Remove that many grants at once"
                  checked={isConfirmed}
                  onChange={({ currentTarget }) => setIsConfirmed(currentTarget.checked)}
                />
              )}
              <TextInput
                label="Why"
                description="For the audit trail."
                value={reason}
                onChange={({ currentTarget }) => setReason(currentTarget.value)}
                maxLength={500}
                required
              />
              {save.isError && <ProblemAlert error={save.error} />}
              <Group>
                <Button type="submit" loading={save.isPending}>
                  Save the rules
                </Button>
              </Group>
            </Stack>
          </form>
        </>
      )}
    </Stack>
  );
}

function Changes({ comparison }: { readonly comparison: Comparison }) {
  const { add, remove, unchanged, additions, removals } = comparison;
  return (
    <Alert color={remove > 0 ? 'yellow' : 'indigo'} variant="light" title="What would change">
      <Text size="sm" mb="xs">
        {add} grants are added, {remove} are removed, {unchanged} stay.
      </Text>
      <List size="sm">
        {[
          ...removals.map((grant) => ['loses', grant] as const),
          ...additions.map((grant) => ['gains', grant] as const),
        ]
          .slice(0, 50)
          .map(([verb, { subject, role, scope }]) => (
            <List.Item key={`${verb} ${subject.id} ${role} ${scope}`}>
              {subject.name ?? subject.id} {verb} {roleTexts[role]} on {scopeName(scope)}
            </List.Item>
          ))}
      </List>
    </Alert>
  );
}
