/**
 * Trace parents (W3C Trace Context section 3.2). Without a listener the real host does not record its
 * spans, so the flag `sampled` is not set.
 */
import { randomBytes } from 'node:crypto';

const randomHex = (bytes: number) => randomBytes(bytes).toString('hex');

/** The first span of a new trace. */
export const newTrace = () => `00-${randomHex(16)}-${randomHex(8)}-00`;

/** Another span of the same trace. */
export const childOf = (traceParent: string): string => {
  const [version, traceId, , flags] = traceParent.split('-');
  return [version, traceId, randomHex(8), flags].join('-');
};
