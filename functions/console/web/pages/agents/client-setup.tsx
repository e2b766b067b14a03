/** A ready configuration for the client that was chosen. */
import { Card, Code, Group, SegmentedControl, Stack, Text, TextInput, Title } from '@mantine/core';
import { useState } from 'react';
import { Copy } from '../../parts/copy';
import { clients } from './clients';

interface Props {
  readonly url: string;
  readonly scope: string;
}

const placeholder = 'CLIENT-ID';

export function ClientSetup({ url, scope }: Props) {
  const [chosen, setChosen] = useState(clients[0]!.id);
  const [clientId, setClientId] = useState('');
  const { name, place, configuration, redirect, note } = clients.find(({ id }) => id === chosen)!;
  const text = configuration({ url, scope, clientId: clientId.trim() || placeholder });
  return (
    <Card withBorder radius="md" padding="lg" component="section">
      <Title order={2} size="h4" mb="md">
        Connect a client
      </Title>
      <Stack gap="md">
        <SegmentedControl
          value={chosen}
          onChange={setChosen}
          data={clients.map(({ id, name: label }) => ({ value: id, label }))}
          aria-label="Client"
          style={{ alignSelf: 'flex-start' }}
        />
        {redirect && (
          <TextInput
            label="Client ID"
            description="Of an app registration with the delegated permission access_as_user. Entra registers no clients by itself."
            value={clientId}
            onChange={({ currentTarget }) => setClientId(currentTarget.value)}
            placeholder="00000000-0000-0000-0000-000000000000"
            maw={420}
          />
        )}
        <Text size="sm">{place}</Text>
        <Group align="flex-start" wrap="nowrap" gap="xs">
          <Code
            block
            className="configuration"
            tabIndex={0}
            role="region"
            aria-label={`Configuration of ${name}`}
          >
            {text}
          </Code>
          <Copy value={text} label="Copy the configuration" />
        </Group>
        {redirect && (
          <Text size="sm" className="breakable">
            Redirect address of the app registration (mobile and desktop applications):{' '}
            <Code>{redirect}</Code>
          </Text>
        )}
        {note && <Text size="sm">{note}</Text>}
      </Stack>
    </Card>
  );
}
