/** Verifies the chain, part by part, and says what was found. */
import { Alert, Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { ShieldCheck } from 'lucide-react';
import { call } from '../../api/call';
import type { Output } from '../../api/endpoint-types';
import { cursorOf } from '../../api/request';
import { numberText } from '../../parts/format';
import { ProblemAlert } from '../../parts/problem';

type Verification = Output<'verifyAudit'>;

/** A long trail takes several requests. */
async function verifyAll(): Promise<Verification> {
  let cursor: string | undefined;
  for (;;) {
    const found = await call('verifyAudit', { query: cursor === undefined ? {} : { cursor } });
    cursor = found.outcome === 'incomplete' ? cursorOf(found.nextLink) : undefined;
    if (cursor === undefined) return found;
  }
}

export const useVerification = () => useMutation({ mutationFn: verifyAll });

type Query = ReturnType<typeof useVerification>;

export function VerifyButton({ verification }: { readonly verification: Query }) {
  return (
    <Button
      leftSection={<ShieldCheck size={16} />}
      loading={verification.isPending}
      onClick={() => verification.mutate()}
    >
      Verify
    </Button>
  );
}

export function VerificationResult({ verification: { data, error } }: { verification: Query }) {
  if (error) return <ProblemAlert error={error} />;
  if (!data) return null;
  const { outcome, checkedTo, fault, signedTo, purgedTo, checkpointCount } = data;
  if (fault)
    return (
      <Alert color="red" variant="light" title={`Entry ${fault.seq} is wrong`} role="alert" mb="md">
        {fault.detail} Entries up to {numberText(checkedTo)} are right. Keep a copy of the storage
        account and inform your auditor.
      </Alert>
    );
  return (
    <Alert
      color={outcome === 'intact' ? 'teal' : 'yellow'}
      variant="light"
      // The color of the theme is too light for a title.
      styles={{ title: { color: 'var(--mantine-color-text)' } }}
      title={outcome === 'intact' ? 'The audit trail is intact' : 'Verified in part'}
      role="status"
      mb="md"
    >
      {numberText(checkedTo)} entries were checked against {numberText(checkpointCount)} signed
      checkpoints.
      {signedTo !== undefined && ` A signature covers entries up to ${numberText(signedTo)}.`}
      {purgedTo !== undefined && ` Entries up to ${numberText(purgedTo)} were purged by age.`}
    </Alert>
  );
}
