/**
 * Signing keys of Entra. jose caches them for ten minutes and reads them again for an unknown key
 * id; the last good keys serve for a day while Entra sends none.
 */
import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type FlattenedJWSInput,
  type JWSHeaderParameters,
} from 'jose';
import { z } from 'zod';
import { UpstreamError } from '../errors/app-error';

const timeoutMs = 5_000;
const lastGoodKeysMs = 24 * 3_600_000;
/** After a failure no request is sent for this long, so that callers do not wait for each. */
const pauseMs = 5_000;

/** RSA keys, of which at least one must exist: an empty list would reject every token. */
const keySet = z.looseObject({
  keys: z
    .array(z.looseObject({ kty: z.string() }))
    .refine((keys) => keys.some(({ kty, n, e }) => kty === 'RSA' && n !== undefined && e)),
});

interface LoadedKeys {
  readonly body: string;
  readonly at: number;
}

/**
 * Resolves the key of a token for `jwtVerify`. Throws UpstreamError if the keys cannot be read, also
 * for a key id that the last good keys lack: it may belong to a new key.
 */
export function signingKeys(url: URL, now: () => Date = () => new Date()) {
  let lastGood: LoadedKeys | undefined;
  let failedAt: number | undefined;

  const load = async (...[address, options]: Parameters<typeof fetch>): Promise<Response> => {
    const at = now().getTime();
    const isPaused = failedAt !== undefined && at >= failedAt && at - failedAt < pauseMs;
    const body = isPaused ? undefined : await readKeys(address, options);
    if (body !== undefined) {
      lastGood = { body, at };
      failedAt = undefined;
    } else if (!isPaused) failedAt = at;
    if (!lastGood || at - lastGood.at >= lastGoodKeysMs) throw unavailable();
    return new Response(lastGood.body);
  };
  const keys = createRemoteJWKSet(url, { timeoutDuration: timeoutMs, [customFetch]: load });

  return async (header?: JWSHeaderParameters, token?: FlattenedJWSInput) => {
    try {
      return await keys(header, token);
    } catch (error) {
      const isUnknownKey = error instanceof errors.JWKSNoMatchingKey;
      // An error of no known kind is one of a key that cannot be imported.
      const isExplained = error instanceof errors.JOSEError || error instanceof UpstreamError;
      throw (isUnknownKey && failedAt !== undefined) || !isExplained ? unavailable(error) : error;
    }
  };
}

/** The text of a complete response that holds keys. */
async function readKeys(...request: Parameters<typeof fetch>): Promise<string | undefined> {
  try {
    const response = await fetch(...request);
    const body = await response.text();
    return response.status === 200 && keySet.safeParse(JSON.parse(body)).success ? body : undefined;
  } catch {
    return undefined; // no connection, a timeout, a broken response, or no JSON
  }
}

const unavailable = (cause?: unknown) =>
  new UpstreamError(
    'signing_keys_unavailable',
    'The signing keys of Entra could not be read. Try again in a moment.',
    true,
    cause,
  );
