/** Connects a connector: the method, its form, and what comes after. */
import { Modal, Select, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { Loaded } from '../../../parts/loaded';
import type { Connector, Method } from '../connector';
import { useConnectorTypes, type ConnectionMethod } from '../methods';
import { Connected } from './connected';
import { CredentialForm } from './credential-form';
import { DeviceCode } from './device-code';
import { OAuthSignIn } from './oauth-sign-in';
import { Warnings } from './warnings';

interface Props {
  readonly connector: Connector;
  readonly opened: boolean;
  readonly onClose: () => void;
  /** Shown first; the method of the connector otherwise. */
  readonly method?: Method | undefined;
}

export function ConnectWindow({ connector, opened, onClose, method }: Props) {
  const verb = connector.status === 'unconnected' ? 'Connect' : 'Reconnect';
  return (
    <Modal opened={opened} onClose={onClose} title={`${verb} ${connector.name}`} size="lg" centered>
      <Content connector={connector} onClose={onClose} method={method} />
    </Modal>
  );
}

function Content({ connector, onClose, method }: Omit<Props, 'opened'>) {
  const types = useConnectorTypes();
  const [chosen, setChosen] = useState<Method>(method ?? connector.connectedWith ?? 'oauth');
  const [isConnected, setIsConnected] = useState(false);
  if (isConnected) return <Connected connectorId={connector.id} onClose={onClose} />;
  return (
    <Loaded query={types} rows={5}>
      {({ items }) => {
        const methods = items.find(({ type }) => type === connector.type)?.methods ?? [];
        const current = methods.find((known) => known.method === chosen) ?? methods[0]!;
        return (
          <Stack>
            <Select
              label="Connected With"
              data={methods.map(({ method: value, label }) => ({ value, label }))}
              value={current.method}
              onChange={(value) => setChosen(value as Method)}
              allowDeselect={false}
            />
            <Text size="sm">{current.summary}</Text>
            <Warnings texts={current.warnings} />
            <FormOf
              key={current.method}
              method={current}
              connector={connector}
              onConnected={() => setIsConnected(true)}
            />
          </Stack>
        );
      }}
    </Loaded>
  );
}

function FormOf(props: {
  readonly method: ConnectionMethod;
  readonly connector: Connector;
  readonly onConnected: () => void;
}) {
  switch (props.method.method) {
    case 'oauth':
      return <OAuthSignIn {...props} />;
    case 'device_code':
      return <DeviceCode {...props} />;
    case 'client_credentials':
    case 'username_password':
      return <CredentialForm {...props} />;
  }
}
