/** The state of a connector as a sentence, then the facts behind it. */
import { Alert, Anchor, List, SimpleGrid, Stack, Text } from '@mantine/core';
import { TriangleAlert } from 'lucide-react';
import { Link } from 'react-router';
import { FactsCard } from '../../../parts/facts';
import { wordsOf } from '../../../parts/format';
import { Time } from '../../../parts/time';
import { expirySources, stateSentence } from '../connector';
import { useMethodLabel } from '../methods';
import type { DetailedConnector } from './detailed-connector';

export function OverviewTab({ connector }: { readonly connector: DetailedConnector }) {
  const methodLabel = useMethodLabel();
  const { account, credentials, sync, reason, warnings } = connector;
  const { connectionExpiresAt, connectionExpiresAtSource: source } = connector;
  return (
    <Stack gap="lg">
      <Text size="lg" maw={720}>
        {stateSentence(connector, new Date())}
      </Text>
      {(reason || warnings.length > 0) && (
        <Alert
          color={connector.status === 'connection_expired' ? 'red' : 'yellow'}
          icon={<TriangleAlert size={18} aria-hidden />}
          title={reason ? wordsOf(reason.code) : 'Worth your attention'}
        >
          {reason && (
            <Text size="sm">
              {reason.message} {reason.action?.label}
            </Text>
          )}
          {warnings.length > 0 && (
            <List size="sm" mt={reason ? 'xs' : 0}>
              {warnings.map(({ code, message }) => (
                <List.Item key={code}>{message}</List.Item>
              ))}
            </List>
          )}
        </Alert>
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <FactsCard
          title="Connection"
          facts={[
            ['Connected With', methodLabel(connector.connectedWith)],
            ['Credential Owner', connector.credentialOwner.displayName],
            ['Connected', connector.connectedAt && <Time value={connector.connectedAt} />],
            [
              'Last verified',
              connector.lastVerifiedAt && <Time value={connector.lastVerifiedAt} />,
            ],
            ['Expires', connectionExpiresAt && <Time value={connectionExpiresAt} />],
            ['Expiry is', source && connectionExpiresAt && expirySources[source]],
            [
              'Stored secret',
              credentials?.secret &&
                (credentials.secret.hint === undefined
                  ? 'In Key Vault'
                  : `${credentials.secret.hint}… (in Key Vault)`),
            ],
          ]}
        />
        <FactsCard
          title="Account"
          facts={
            account
              ? [
                  ['Name', account.displayName],
                  ['User name', account.username],
                  ['Object ID', account.objectId],
                  ['User ID', account.userId],
                  ['App (client) ID', account.clientId],
                  ['Tenant ID', account.tenantId],
                ]
              : [['Account', 'None. The connector is not connected.']]
          }
        />
        <FactsCard
          title="Catalog"
          facts={[
            [
              'Last sync',
              sync && (
                <Anchor
                  component={Link}
                  to={`/connectors/${connector.id}/syncs/${sync.lastSyncRunId}`}
                >
                  {wordsOf(sync.lastStatus)}
                </Anchor>
              ),
            ],
            ['Started', sync ? <Time value={sync.lastStartedAt} /> : 'Never'],
            ['Last success', sync?.lastSuccessAt && <Time value={sync.lastSuccessAt} />],
            [
              'Resources',
              sync?.lastSuccessAt && (
                <Anchor component={Link} to={`/catalog?connector=${connector.id}`}>
                  Browse the catalog
                </Anchor>
              ),
            ],
          ]}
        />
        <FactsCard
          title="Connector"
          facts={[
            ['ID', connector.id],
            ['Created', <Time value={connector.createdAt} key="created" />],
            ['Changed', <Time value={connector.updatedAt} key="updated" />],
          ]}
        />
      </SimpleGrid>
    </Stack>
  );
}
