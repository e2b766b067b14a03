/** Address and key of a receiver in the secret store: a path or query may be a credential, too. */
import { z } from 'zod';
import type { SecretStore } from '../../secrets/ports';
import { Secret } from '../../secrets/secret';
import type { ConnectorKey } from '../../storage/connector-key';

const address = z.object({ url: z.string(), apiKey: z.string().exactOptional() });
export type ReceiverAddress = Readonly<z.infer<typeof address>>;

/** Prefix of all names. */
export const targetSecretPrefix = 'ol-';
const nameOf = ({ tenantId, connectorId }: ConnectorKey): string =>
  `${targetSecretPrefix}${tenantId}-${connectorId}`;

/** Inverse of the naming. Undefined for the name of any other secret. */
export function parseTargetSecretName(name: string): ConnectorKey | undefined {
  const [, tenantId, connectorId] = /^ol-([0-9a-f-]{36})-(.+)$/i.exec(name) ?? [];
  return tenantId === undefined || connectorId === undefined
    ? undefined
    : { tenantId, connectorId };
}

export class TargetSecrets {
  constructor(private readonly store: Pick<SecretStore, 'put' | 'get' | 'disable' | 'delete'>) {}

  /** Returns the version. */
  put(key: ConnectorKey, value: ReceiverAddress): Promise<string> {
    const secret = new Secret(JSON.stringify(value));
    return this.store.put(nameOf(key), secret, { contentType: 'application/json' });
  }

  /** Throws NotFoundError if the version was replaced or deleted. */
  async get(key: ConnectorKey, version: string): Promise<ReceiverAddress> {
    const secret = await this.store.get(nameOf(key), version);
    return address.parse(JSON.parse(secret.reveal()));
  }

  /** Makes a version unusable that no row refers to. */
  disable(key: ConnectorKey, version: string): Promise<void> {
    return this.store.disable(nameOf(key), version);
  }

  delete(key: ConnectorKey): Promise<void> {
    return this.store.delete(nameOf(key));
  }
}
