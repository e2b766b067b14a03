/** What can be done with a connector, as far as the roles of the person allow it. */
import { ActionIcon, Button, Group, Menu } from '@mantine/core';
import { Ellipsis, FlaskConical, KeyRound, Plug, RefreshCw, Trash2, Unplug } from 'lucide-react';
import { useState } from 'react';
import { useRole } from '../../session/person';
import { ConnectWindow } from './connect/connect-window';
import type { Connector } from './connector';
import { DeleteDialog, DisconnectDialog } from './end-dialogs';
import { RotateDialog } from './rotate-dialog';
import { useRunSync } from './run-sync';
import { TestDialog } from './test-dialog';

type Open = 'connect' | 'rotate' | 'test' | 'disconnect' | 'delete' | undefined;

interface Props {
  readonly connector: Connector;
  /** On the page of the connector: larger buttons. */
  readonly isHeader?: boolean;
}

export function ConnectorActions({ connector, isHeader = false }: Props) {
  const isOwner = useRole('Owner');
  const mayRun = useRole('Owner', 'Member');
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  const run = useRunSync(connector.id);
  const isConnected = connector.status === 'connected';
  const hasSecret = connector.credentials?.secret !== undefined;
  if (!mayRun) return null;
  const size = isHeader ? 'sm' : 'xs';
  return (
    <>
      <Group gap="xs" justify="flex-end" wrap="nowrap">
        {isOwner && !isConnected && (
          <Button size={size} leftSection={<Plug size={16} />} onClick={() => setOpen('connect')}>
            {connector.status === 'unconnected' ? 'Connect' : 'Reconnect'}
          </Button>
        )}
        {isConnected && (
          <Button
            size={size}
            variant={isHeader ? 'filled' : 'light'}
            leftSection={<RefreshCw size={16} />}
            onClick={() => run.mutate()}
            loading={run.isPending}
          >
            {connector.sync?.lastSuccessAt ? 'Run sync' : 'Run Initial Sync'}
          </Button>
        )}
        <Menu position="bottom-end" withArrow>
          <Menu.Target>
            <ActionIcon
              variant={isHeader ? 'default' : 'subtle'}
              color="gray"
              size={isHeader ? 'lg' : 'md'}
              aria-label={`More actions for ${connector.name}`}
            >
              <Ellipsis size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              leftSection={<FlaskConical size={16} />}
              onClick={() => setOpen('test')}
              disabled={connector.status === 'unconnected'}
            >
              Test connection
            </Menu.Item>
            {isOwner && (
              <>
                <Menu.Item leftSection={<Plug size={16} />} onClick={() => setOpen('connect')}>
                  {connector.status === 'unconnected' ? 'Connect' : 'Reconnect'}
                </Menu.Item>
                {hasSecret && (
                  <Menu.Item leftSection={<KeyRound size={16} />} onClick={() => setOpen('rotate')}>
                    Rotate secret
                  </Menu.Item>
                )}
                <Menu.Divider />
                <Menu.Item
                  leftSection={<Unplug size={16} />}
                  onClick={() => setOpen('disconnect')}
                  disabled={connector.status === 'unconnected'}
                >
                  Disconnect
                </Menu.Item>
                <Menu.Item
                  color="red"
                  leftSection={<Trash2 size={16} />}
                  onClick={() => setOpen('delete')}
                >
                  Delete
                </Menu.Item>
              </>
            )}
          </Menu.Dropdown>
        </Menu>
      </Group>
      <ConnectWindow connector={connector} opened={open === 'connect'} onClose={close} />
      <RotateDialog connector={connector} opened={open === 'rotate'} onClose={close} />
      <TestDialog connector={connector} opened={open === 'test'} onClose={close} />
      <DisconnectDialog connector={connector} opened={open === 'disconnect'} onClose={close} />
      <DeleteDialog connector={connector} opened={open === 'delete'} onClose={close} />
    </>
  );
}
