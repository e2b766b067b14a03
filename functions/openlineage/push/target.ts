/** The receiver of a connector's OpenLineage events, and what a person has set for it. */
import { z } from 'zod';
import { person } from '../../events/actor';
import type { ConnectorKey } from '../../storage/connector-key';
import { eventKinds } from '../events/event';
import type { Push } from './push';

/** Data Factory keeps runs for 45 days. */
export const maxBackfillDays = 45;

export const receiver = z.object({
  /** The address without its query and the secret part of its path. */
  url: z.string(),
  hasApiKey: z.boolean(),
  /** Version of address and key in the secret store. */
  secretVersion: z.string(),
  kinds: z.array(z.enum(eventKinds)),
  /** Runs that started earlier are not sent. */
  runsFrom: z.string(),
  /** Changes when everything is to be sent anew. Milliseconds since the epoch. */
  generation: z.int(),
});
export type Receiver = Readonly<z.infer<typeof receiver>>;

export const targetSettings = z.object({
  /** Counts the changes. The strong ETag is `"o<version>"`. */
  version: z.int(),
  /** Absent: nothing is sent. */
  receiver: receiver.exactOptional(),
  updatedAt: z.string().exactOptional(),
  updatedBy: person.exactOptional(),
});

export interface Target extends ConnectorKey, Readonly<z.infer<typeof targetSettings>> {}

export interface TargetView {
  readonly target: Target;
  /** Undefined before the first request to send. */
  readonly push: Push | undefined;
}

export const noTarget = ({ tenantId, connectorId }: ConnectorKey): Target => ({
  tenantId,
  connectorId,
  version: 0,
});

export const targetEtag = ({ version }: Pick<Target, 'version'>): string => `"o${version}"`;
