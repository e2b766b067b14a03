/** The push of OpenLineage events in API responses. */
import { z } from 'zod';
import { personResponse } from '../../events/actor';
import { etagMember } from '../../storage/etag-member';
import { eventKinds } from '../events/event';
import type { PushFailure } from './push';
import { targetEtag, type TargetView } from './target';

const time = z.iso.datetime();
const failure = z.strictObject({
  failedAt: time,
  status: z.int().optional().describe('HTTP status. Absent if the receiver did not respond.'),
  error: z
    .string()
    .optional()
    .describe('Code of the failure, such as timed_out. Absent if the receiver responded.'),
});

export const pushResponse = z
  .strictObject({
    etag: etagMember,
    status: z
      .enum(['off', 'pending', 'idle', 'failing'])
      .describe(
        'off: no receiver is set. pending: there may be events to send. idle: all are sent. failing: the receiver does not take them and is tried again.',
      ),
    url: z
      .string()
      .optional()
      .describe('Address without its secret parts. Absent if no receiver is set.'),
    hasApiKey: z.boolean().optional(),
    kinds: z.array(z.enum(eventKinds)).optional(),
    runsFromAt: time.optional().describe('Runs that started earlier are not sent.'),
    sentEvents: z.int().describe('Number of events that the receiver has accepted.'),
    rejectedEvents: z.int().describe('Number of events that the receiver refused as invalid.'),
    lastSentAt: time.optional(),
    lastRejection: failure.optional(),
    firstFailedAt: time.optional().describe('Absent unless the receiver is failing.'),
    lastFailure: failure.optional().describe('Absent unless the receiver is failing.'),
    nextAttemptAt: time.optional().describe('Absent if nothing is to be sent.'),
    updatedAt: time.optional().describe('Absent if no receiver was ever set.'),
    updatedBy: personResponse.optional(),
  })
  .meta({ id: 'OpenLineagePush' });

export function toPushResponse({ target, push }: TargetView): z.input<typeof pushResponse> {
  const { receiver, updatedAt, updatedBy } = target;
  const { failingSince, lastFailure } = push ?? {};
  const isPending = push?.pending ?? true;
  return {
    etag: targetEtag(target),
    status: receiver ? statusOf(isPending, failingSince) : 'off',
    ...(receiver && {
      url: receiver.url,
      hasApiKey: receiver.hasApiKey,
      kinds: [...receiver.kinds],
      runsFromAt: receiver.runsFrom,
    }),
    sentEvents: push?.sentEvents ?? 0,
    rejectedEvents: push?.rejectedEvents ?? 0,
    lastSentAt: push?.lastSentAt,
    lastRejection: toFailure(push?.lastRejection),
    firstFailedAt: failingSince,
    lastFailure: toFailure(lastFailure),
    ...(push?.pending && { nextAttemptAt: push.dueAt }),
    updatedAt,
    updatedBy,
  };
}

const statusOf = (isPending: boolean, failingSince: string | undefined) =>
  failingSince !== undefined ? 'failing' : isPending ? 'pending' : 'idle';

const toFailure = (found: PushFailure | undefined) =>
  found && { failedAt: found.at, status: found.status, error: found.error };
