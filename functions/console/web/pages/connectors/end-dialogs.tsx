/** Disconnect and delete: what each of them ends, before it does. */
import { Anchor, List, Stack, Text } from '@mantine/core';
import { useNavigate } from 'react-router';
import { call } from '../../api/call';
import { ConfirmDialog } from '../../parts/confirm';
import { notifyDone } from '../../parts/notify';
import { isSafeLink } from '../../parts/safe-link';
import { notifications } from '@mantine/notifications';
import type { Output } from '../../api/endpoint-types';
import type { Connector } from './connector';
import { useRefreshConnectors } from './refresh-connector';

interface Props {
  readonly connector: Connector;
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function DisconnectDialog({ connector, opened, onClose }: Props) {
  const refresh = useRefreshConnectors();
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={`Disconnect ${connector.name}?`}
      confirmLabel="Disconnect"
      effect={
        <List size="sm" spacing={4}>
          <List.Item>The stored credential is deleted. It cannot be restored.</List.Item>
          <List.Item>No sync runs until the connector is connected again.</List.Item>
          <List.Item>The catalog, its history and the settings are kept.</List.Item>
        </List>
      }
      onConfirm={async () => {
        const { consent } = await call('disconnectConnector', {
          params: { connectorId: connector.id },
        });
        await refresh();
        showConsent(connector.name, consent);
      }}
    />
  );
}

/** The consent at Microsoft outlives the connection; only the customer can remove it. */
function showConsent(name: string, consent: Output<'disconnectConnector'>['consent']): void {
  notifications.show({
    color: 'teal',
    title: `${name} is disconnected`,
    autoClose: false,
    message: (
      <Stack gap={4}>
        <Text size="sm">{consent.message}</Text>
        {consent.links
          .filter(({ href }) => isSafeLink(href))
          .map(({ label, href }) => (
            <Anchor href={href} key={href} target="_blank" rel="noreferrer" size="sm">
              {label}
            </Anchor>
          ))}
      </Stack>
    ),
  });
}

export function DeleteDialog({ connector, opened, onClose }: Props) {
  const refresh = useRefreshConnectors();
  const navigate = useNavigate();
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={`Delete ${connector.name}?`}
      confirmLabel="Delete for good"
      nameToType={connector.name}
      effect={
        <Stack gap="xs">
          <Text size="sm">
            This deletes the connector with its credential, its catalog, its sync runs and its run
            history. A sync that runs is cancelled. There is no way back.
          </Text>
          <Text size="sm">Azure Data Factory itself is not changed.</Text>
        </Stack>
      }
      onConfirm={async () => {
        await call(
          'deleteConnector',
          { params: { connectorId: connector.id } },
          { ifMatch: connector.etag },
        );
        await navigate('/connectors');
        await refresh();
        notifyDone('Its data is being removed.', `${connector.name} is deleted`);
      }}
    />
  );
}
