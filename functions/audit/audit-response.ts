/** Entries, checkpoints and verifications of the audit trail in API responses. */
import { z } from 'zod';
import { auditEntry, type AuditEntry } from './audit-record';
import type { Checkpoint } from './checkpoint';
import { controlIds, controls } from './controls';
import { faultKinds, type FaultKind, type Verification } from './verification';

const { shape } = auditEntry;

export const seq = z.coerce
  .number()
  .int()
  .min(1)
  .max(Number.MAX_SAFE_INTEGER)
  .describe('Number of the entry.');
const hash = z.string().describe('SHA-256 in hexadecimal.');

export const auditEntryResponse = z
  .strictObject({
    ...shape,
    id: z.string().describe('Id of the record. An event of a connector keeps its id.'),
    seq: z.int().describe('Number in the chain of the tenant, without gaps.'),
    occurredAt: z.iso.datetime().describe('When it happened.'),
    linkedAt: z.iso.datetime().describe('When the entry was added to the chain.'),
    connectionId: shape.connectionId.optional().describe('Id of the provisioning connection.'),
    connectorId: shape.connectorId.optional().describe('Id of the connector.'),
    controls: z.array(z.string()).describe('Controls that the entry is evidence for.'),
    prevHash: hash.describe('Hash of the entry before; zeros before the first entry.'),
    hash: hash.describe('SHA-256 of prevHash and the canonical JSON of the entry without hash.'),
  })
  .meta({ id: 'AuditEntry' });

/** Entries are stored as the schema of the response describes them. */
export const toEntryResponse = (entry: AuditEntry): z.infer<typeof auditEntryResponse> => entry;

export const checkpointResponse = z
  .strictObject({
    seq: z.int().describe('Number of the entry that was signed.'),
    hash,
    signedAt: z.iso.datetime(),
    keyVersion: z.string().describe('Version of the key in Key Vault.'),
    signature: z.string(),
  })
  .meta({ id: 'AuditCheckpoint' });

export const toCheckpointResponse = ({
  seq: number,
  hash: signed,
  at: signedAt,
  keyVersion,
  signature,
}: Checkpoint): z.infer<typeof checkpointResponse> => ({
  seq: number,
  hash: signed,
  signedAt,
  keyVersion,
  signature,
});

export const verificationResponse = z
  .strictObject({
    outcome: z
      .enum(['intact', 'broken', 'incomplete'])
      .describe('incomplete: the time was up. Follow nextLink.'),
    checkedFrom: z.int().describe('First entry that was checked.'),
    checkedTo: z.int().describe('Last entry that was found to be right.'),
    head: z
      .strictObject({ seq: z.int(), hash, linkedAt: z.iso.datetime() })
      .optional()
      .describe('The last entry. Absent if the trail is empty.'),
    purgedTo: z.int().optional().describe('Entries up to this one were purged by age.'),
    checkpointCount: z.int().describe('Signed checkpoints that were compared.'),
    signedTo: z
      .int()
      .optional()
      .describe(
        'Last entry that a signature covers; absent if there is none. Later entries are proven by their hashes alone until the next checkpoint, which follows within 100 entries or an hour.',
      ),
    fault: z
      .strictObject({
        seq: z.int().describe('The first entry that is wrong.'),
        kind: z.enum(Object.keys(faultKinds) as [FaultKind, ...FaultKind[]]),
        detail: z.string(),
      })
      .optional()
      .describe('Present if the outcome is broken.'),
    nextLink: z.url().optional().describe('Continues an incomplete verification.'),
  })
  .meta({ id: 'AuditVerification' });

export function toVerificationResponse(
  verification: Verification,
  nextLink: string | undefined,
): z.infer<typeof verificationResponse> {
  const { outcome, checkedFrom, checkedTo, head, purgedTo, checkpointCount, signedTo, fault } =
    verification;
  return {
    outcome,
    checkedFrom,
    checkedTo,
    ...(head && { head: { seq: head.seq, hash: head.hash, linkedAt: head.linkedAt } }),
    ...(purgedTo !== undefined && { purgedTo }),
    checkpointCount,
    ...(signedTo !== undefined && { signedTo }),
    ...(fault && { fault: { ...fault, detail: faultKinds[fault.kind] } }),
    ...(nextLink !== undefined && { nextLink }),
  };
}

export const controlsResponse = z.strictObject({
  items: z.array(
    z.strictObject({
      id: z.enum(controlIds),
      framework: z.string(),
      title: z.string(),
    }),
  ),
});

export const toControlsResponse = (): z.infer<typeof controlsResponse> => ({
  items: controlIds.map((id) => ({ id, ...controls[id] })),
});
