/** Validates events of OpenLineage as a strict receiver does: the event, and each facet. */
import Ajv from 'ajv/dist/2020';
import { z } from 'zod';
import { openLineageSchemas } from './schemas';

const ajv = new Ajv({ strict: false, allErrors: true });
for (const [name, schema] of Object.entries({
  'date-time': z.iso.datetime(),
  uri: z.url(),
  uuid: z.guid(),
}))
  ajv.addFormat(name, (text) => schema.safeParse(text).success);
for (const schema of openLineageSchemas) ajv.addSchema(schema);

const schemaUrl = /^https:\/\/openlineage\.io\/spec\/[\w/.-]+\.json#\/\$defs\/\w+$/;

/** Violations of the schemas that the event and its facets name. Empty if there are none. */
export function violationsOf(event: unknown): string[] {
  const url = (event as { schemaURL?: unknown } | null)?.schemaURL;
  return [...violations('event', url, event), ...facetViolations(event, '')];
}

function facetViolations(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const at = `${path}/${name}`;
    const own =
      typeof member === 'object' && member !== null && '_schemaURL' in member
        ? violations(at, member._schemaURL, member)
        : [];
    return [...own, ...facetViolations(member, at)];
  });
}

function violations(at: string, url: unknown, value: unknown): string[] {
  if (typeof url !== 'string' || !schemaUrl.test(url))
    return [`${at} names no schema: ${JSON.stringify(url)}`];
  const validate = ajv.getSchema(url);
  if (!validate) return [`${at} names an unknown schema: ${url}`];
  return validate(value) ? [] : [`${at} ${ajv.errorsText(validate.errors)}`];
}
