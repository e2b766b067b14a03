/** The tokens of a provisioning connection, with their last use. */
import { Button, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { call } from '../../api/call';
import { ConfirmDialog } from '../../parts/confirm';
import { DataTable } from '../../parts/data-table';
import { Empty } from '../../parts/empty';
import { wordsOf } from '../../parts/format';
import { Pill } from '../../parts/pill';
import { Time } from '../../parts/time';
import { tokenTones, type Connection, type Token } from './connection';

export function Tokens({ connection: { id, tokens } }: { readonly connection: Connection }) {
  const [revoked, setRevoked] = useState<Token>();
  const queries = useQueryClient();
  if (tokens.length === 0)
    return (
      <Empty
        icon={KeyRound}
        title="No token yet"
        text="Issue a token, then enter it at the identity provider together with the SCIM URL."
      />
    );
  return (
    <>
      <DataTable
        caption="Tokens"
        rows={tokens.toReversed()}
        keyOf={(token) => token.id}
        columns={[
          {
            label: 'Token',
            cell: (token) => (
              <Text size="sm" className="breakable">
                {token.id}
              </Text>
            ),
          },
          {
            label: 'Status',
            cell: ({ status }) => <Pill tone={tokenTones[status]} label={wordsOf(status)} />,
          },
          {
            label: 'Issued',
            cell: ({ createdAt, createdBy }) => (
              <>
                <Time value={createdAt} /> by {createdBy.displayName}
              </>
            ),
          },
          { label: 'Ends', cell: ({ expiresAt }) => <Time value={expiresAt} /> },
          {
            label: 'Last used',
            cell: ({ lastUsedAt, lastUsedFrom }) =>
              lastUsedAt === undefined ? (
                'Never'
              ) : (
                <>
                  <Time value={lastUsedAt} />
                  {lastUsedFrom && ` from ${lastUsedFrom}`}
                </>
              ),
          },
          {
            label: 'Actions',
            hiddenLabel: true,
            align: 'right',
            cell: (token) =>
              token.status === 'active' && (
                <Button size="xs" variant="default" onClick={() => setRevoked(token)}>
                  Revoke
                </Button>
              ),
          },
        ]}
      />
      {revoked && (
        <ConfirmDialog
          opened
          onClose={() => setRevoked(undefined)}
          title="Revoke the token"
          effect="The identity provider that uses it is refused within two seconds. It cannot be undone."
          confirmLabel="Revoke"
          onConfirm={async () => {
            const params = { connectionId: id, tokenId: revoked.id };
            await call('revokeProvisioningToken', { params });
            await queries.invalidateQueries({ queryKey: ['getProvisioningConnection'] });
          }}
        />
      )}
    </>
  );
}
