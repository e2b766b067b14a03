/**
 * Deterministic names of role assignments: a repeated request meets its own earlier success. UUID
 * version 5 of RFC 9562 over what the assignment is about.
 */
import { createHash } from 'node:crypto';

/** Namespace of our names. Changing it would double every assignment. */
const namespace = 'b7e0c4a2-5d1f-5c3e-9a41-6f2d8e90c711';

export interface AssignmentSubject {
  readonly scope: string;
  readonly roleId: string;
  readonly principalId: string;
}

/** A higher generation names the same assignment anew after the name turned out to be taken. */
export const assignmentName = (
  { scope, roleId, principalId }: AssignmentSubject,
  generation: number,
): string => uuidV5(`${scope}|${roleId}|${principalId}|${generation}`.toLowerCase());

function uuidV5(text: string): string {
  const hash = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(text)
    .digest()
    .subarray(0, 16);
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
