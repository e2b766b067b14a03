/** Sensitive data in runs: secrets and mail addresses in messages, and secure activities. */
import { extractActivities } from '../data-factory/activities';
import { getField, getText, type Json } from '../data-factory/json';
import type { CatalogStore } from '../catalog/ports';
import { redact, redacted } from '../data-factory/redaction';
import { rowKeyOf } from '../data-factory/resource-id';
import type { ConnectorKey } from '../storage/connector-key';

const mailAddress = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
/** Messages quote parts of connection strings anywhere in a sentence. */
const quotedSecret =
  /\b((?:password|pwd|account ?key|shared ?access ?(?:key|signature)|access ?key|client ?secret|api ?key|token|secret)\s*[=:]\s*)(?!\[redacted\])("[^"]*"|'[^']*'|[^;,\s'"]+)/gi;

export function redactMessage(message: string): string {
  const withoutSecrets = redact('pipeline', message as Json) as string;
  return withoutSecrets.replace(quotedSecret, `$1${redacted}`).replace(mailAddress, redacted);
}

/** Returns a predicate for activities with secure input or output. False for unknown pipelines. */
export async function secureActivities(
  catalog: Pick<CatalogStore, 'get'>,
  connector: ConnectorKey,
  factory: string,
  pipeline: string,
): Promise<(activity: string) => boolean> {
  const row = await catalog.get(connector, factory, rowKeyOf('pipeline', pipeline));
  const secure = new Set(
    extractActivities(row?.body ?? null)
      .filter(({ body }) => isSecure(getField(body, 'policy')))
      .flatMap(({ body }) => getText(body, 'name')?.toLowerCase() ?? []),
  );
  return (activity) => secure.has(activity.toLowerCase());
}

const isSecure = (policy: Json | undefined) =>
  getField(policy, 'secureInput') === true || getField(policy, 'secureOutput') === true;
