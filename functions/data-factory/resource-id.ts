/**
 * Keys and ids of catalog rows. Names are compared without case, so keys are lower case. Characters
 * that Table Storage forbids (`/ \ # ?`, controls), `%` and the separator `|` are escaped as `~`
 * and four hex digits.
 */
import { createHash } from 'node:crypto';
import { factoryId, resourceKind, type FactoryRef, type ResourceKind } from './resource';

const unsafe = /[^a-z0-9._() -]/g;
const maxPartLength = 220;

/** One part of a key: equal for equal names. A long name becomes a digest. */
export function keyPart(name: string): string {
  const escaped = name
    .toLowerCase()
    .replace(unsafe, (unit) => `~${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return escaped.length <= maxPartLength ? escaped : `~sha256-${digest(escaped)}`;
}

/**
 * Row key of any resource except an activity. `parent` distinguishes endpoints of different virtual
 * networks.
 */
export const rowKeyOf = (kind: ResourceKind, name: string, parent?: string): string =>
  parent === undefined ? `${kind}|${keyPart(name)}` : `${kind}|${keyPart(parent)}|${keyPart(name)}`;

export const kindOf = (rowKey: string): ResourceKind => rowKey.split('|')[0] as ResourceKind;

export const factoryHash = (factory: FactoryRef): string =>
  digest(factoryId(factory).toLowerCase()).slice(0, 32);

/** Public id of a resource: opaque, safe in a path, and stable. */
export const resourceId = (factory: string, rowKey: string): string =>
  `${factory}${Buffer.from(rowKey, 'utf8').toString('base64url')}`;

/** Undefined if the text was not made by `resourceId`. */
export function parseResourceId(
  id: string,
): { readonly factory: string; readonly rowKey: string; readonly kind: ResourceKind } | undefined {
  const [, factory, encoded] = /^([0-9a-f]{32})([\w-]+)$/.exec(id) ?? [];
  if (!factory || !encoded) return undefined;
  const rowKey = Buffer.from(encoded, 'base64url').toString('utf8');
  const kind = resourceKind.safeParse(rowKey.split('|')[0]);
  return kind.success && resourceId(factory, rowKey) === id && /^[\w.() ~|-]+$/.test(rowKey)
    ? { factory, rowKey, kind: kind.data }
    : undefined;
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex');
