/** The status of a sync run. */
import {
  Ban,
  CircleCheck,
  CircleX,
  Clock,
  LoaderCircle,
  Pause,
  TriangleAlert,
  type LucideIcon,
} from 'lucide-react';
import { wordsOf } from '../../parts/format';
import { Pill } from '../../parts/pill';
import { statusTones, type SyncStatus } from './sync-run';

const icons: Readonly<Record<SyncStatus, LucideIcon>> = {
  queued: Clock,
  running: LoaderCircle,
  paused: Pause,
  cancelling: Ban,
  succeeded: CircleCheck,
  partial: TriangleAlert,
  failed: CircleX,
  cancelled: Ban,
};

export const SyncStatusPill = ({ status }: { readonly status: SyncStatus }) => (
  <Pill tone={statusTones[status]} label={wordsOf(status)} icon={icons[status]} />
);
