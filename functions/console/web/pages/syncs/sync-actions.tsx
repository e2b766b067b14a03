/** Cancel, pause, resume and retry of a sync run. */
import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Ban, Pause, Play, RotateCcw } from 'lucide-react';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { call } from '../../api/call';
import { ConfirmDialog } from '../../parts/confirm';
import { notifyFailed } from '../../parts/notify';
import { useRole } from '../../session/person';
import type { DetailedSyncRun } from './sync-run';

export function SyncActions({ run }: { readonly run: DetailedSyncRun }) {
  const mayControl = useRole('Owner', 'Member');
  const [isCancelling, setIsCancelling] = useState(false);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const params = { connectorId: run.connectorId, syncRunId: run.id };
  const refresh = () => queries.invalidateQueries({ queryKey: ['getSync'] });
  const pause = useMutation({
    mutationFn: () => call('pauseSync', { params }),
    onSuccess: refresh,
    onError: notifyFailed,
  });
  const resume = useMutation({
    mutationFn: () => call('resumeSync', { params }),
    onSuccess: refresh,
    onError: notifyFailed,
  });
  const retry = useMutation({
    mutationFn: () => call('retrySync', { params }, { idempotencyKey: `console-${run.id}` }),
    onSuccess: ({ id }) => navigate(`/connectors/${run.connectorId}/syncs/${id}`),
    onError: notifyFailed,
  });
  if (!mayControl) return null;
  const { status } = run;
  return (
    <>
      {status === 'running' && (
        <Button
          variant="default"
          leftSection={<Pause size={16} />}
          onClick={() => pause.mutate()}
          loading={pause.isPending}
        >
          Pause
        </Button>
      )}
      {status === 'paused' && (
        <Button
          leftSection={<Play size={16} />}
          onClick={() => resume.mutate()}
          loading={resume.isPending}
        >
          Resume
        </Button>
      )}
      {['queued', 'running', 'paused'].includes(status) && (
        <Button
          variant="default"
          leftSection={<Ban size={16} />}
          onClick={() => setIsCancelling(true)}
        >
          Cancel
        </Button>
      )}
      {['partial', 'failed', 'cancelled'].includes(status) && (
        <Button
          leftSection={<RotateCcw size={16} />}
          onClick={() => retry.mutate()}
          loading={retry.isPending}
        >
          Retry
        </Button>
      )}
      <ConfirmDialog
        opened={isCancelling}
        onClose={() => setIsCancelling(false)}
        title="Cancel this sync?"
        confirmLabel="Cancel the sync"
        effect="It ends after the pages that are being read. What was written so far stays in the catalog."
        onConfirm={async () => {
          await call('cancelSync', { params });
          await refresh();
        }}
      />
    </>
  );
}
