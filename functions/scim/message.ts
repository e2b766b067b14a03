/** What the messages of SCIM have in common. */
import { isList, type JsonValue } from './json';
import type { Profile } from './profile';
import { ScimError } from './scim-error';

/** A message names its schema. Lenient profiles accept a message without `schemas`. */
export function assertMessageSchema(
  schemas: JsonValue | undefined,
  wanted: string,
  { lenient }: Profile,
): void {
  if (schemas === undefined && lenient) return;
  const uris = isList(schemas) ? schemas : [schemas];
  const isNamed = uris.some(
    (uri) => typeof uri === 'string' && uri.toLowerCase() === wanted.toLowerCase(),
  );
  if (!isNamed)
    throw new ScimError('invalidSyntax', `schemas must have the value ${wanted}.`, 'schemas');
}
