/** What must not be kept of runs: secrets in messages, and everything of activities that say they are secure. */
import { extractActivities } from '../data-factory/activities';
import { field, textField, type Json } from '../data-factory/json';
import type { CatalogStore } from '../catalog/ports';
import { redact, redacted } from '../data-factory/redaction';
import { rowKeyOf } from '../data-factory/resource-id';
import type { ConnectorKey } from '../storage/connector-key';

const mailAddress = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
/** Prose quotes parts of connection strings anywhere, not only where one would begin. */
const quotedSecret =
  /\b((?:password|pwd|account ?key|shared ?access ?(?:key|signature)|access ?key|client ?secret|api ?key|token|secret)\s*[=:]\s*)(?!\[redacted\])("[^"]*"|'[^']*'|[^;,\s'"]+)/gi;

export function redactMessage(message: string): string {
  // A text stays a text.
  const withoutSecrets = redact('pipeline', message as Json) as string;
  return withoutSecrets.replace(quotedSecret, `$1${redacted}`).replace(mailAddress, redacted);
}

/** Tells whether an activity's policy hides its input or output. Unknown pipelines hide nothing. */
export async function secureActivities(
  catalog: Pick<CatalogStore, 'get'>,
  connector: ConnectorKey,
  factory: string,
  pipeline: string,
): Promise<(activity: string) => boolean> {
  const row = await catalog.get(connector, factory, rowKeyOf('pipeline', pipeline));
  const secure = new Set(
    extractActivities(row?.body ?? null)
      .filter(({ body }) => isSecure(field(body, 'policy')))
      .flatMap(({ body }) => textField(body, 'name')?.toLowerCase() ?? []),
  );
  return (activity) => secure.has(activity.toLowerCase());
}

const isSecure = (policy: Json | undefined) =>
  field(policy, 'secureInput') === true || field(policy, 'secureOutput') === true;
