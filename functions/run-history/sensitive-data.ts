/** Sensitive data in runs: secrets and mail addresses in messages, and secure activities. */
import { extractActivities } from '../data-factory/activities';
import { getField, getText, type Json } from '../data-factory/json';
import type { CatalogStore } from '../catalog/ports';
import { redacted } from '../data-factory/redaction/ranges';
import { readText } from '../data-factory/redaction/text-reader';
import { rowKeyOf } from '../data-factory/resource-id';
import type { ConnectorKey } from '../storage/connector-key';

/** Each part is bounded, so that a search in a long text takes linear time. */
const mailAddress = /(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/g;

export const redactMessage = (message: string): string =>
  readText(message).replace(mailAddress, redacted);

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
