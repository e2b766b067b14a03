/** Secrets in the format of Key Vault's REST API. */
import { z } from 'zod';
import {
  recoverableDays,
  type DeletedSecret,
  type SecretWithVersion,
  type Properties,
} from './secrets';
import { badParameter } from './vault-error';

const attributes = z.object({
  enabled: z.boolean().nullish(),
  nbf: z.number().nullish(),
  exp: z.number().nullish(),
});
const parameters = z.object({
  contentType: z.string().max(255).nullish(),
  tags: z.record(z.string().max(512), z.string().max(512)).nullish(),
  attributes: attributes.nullish(),
});
const newSecret = parameters.extend({ value: z.string() });

const maxValueBytes = 25 * 1024;
const maxTags = 15;

export function readNewSecret(body: unknown): { value: string; properties: Properties } {
  const read = parse(newSecret, body);
  if (Buffer.byteLength(read.value) > maxValueBytes)
    throw badParameter(`The secret value is longer than ${maxValueBytes} bytes.`);
  return { value: read.value, properties: propertiesOf(read) };
}

export const readProperties = (body: unknown): Properties => propertiesOf(parse(parameters, body));

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw badParameter(`Property ${issue?.path.join('.')} has invalid value: ${issue?.message}`);
}

function propertiesOf({ contentType, tags, attributes }: z.infer<typeof parameters>): Properties {
  if (Object.keys(tags ?? {}).length > maxTags)
    throw badParameter(`A secret has at most ${maxTags} tags.`);
  return {
    ...(contentType != null && { contentType }),
    ...(tags != null && { tags }),
    ...(attributes?.enabled != null && { enabled: attributes.enabled }),
    ...(attributes?.nbf != null && { notBefore: attributes.nbf }),
    ...(attributes?.exp != null && { expires: attributes.exp }),
  };
}

export type Bundles = ReturnType<typeof bundles>;

/** `url` returns the URL of the vault, without a trailing slash. */
export function bundles(url: () => string) {
  const identified = ({ secret: { name }, version }: SecretWithVersion, withVersion: boolean) => ({
    id: `${url()}/secrets/${name}${withVersion ? `/${version.version}` : ''}`,
    ...(version.contentType !== undefined && { contentType: version.contentType }),
    ...(version.tags && { tags: version.tags }),
    attributes: {
      enabled: version.enabled,
      ...(version.notBefore !== undefined && { nbf: version.notBefore }),
      ...(version.expires !== undefined && { exp: version.expires }),
      created: version.created,
      updated: version.updated,
      recoveryLevel: 'Recoverable+Purgeable',
      recoverableDays,
    },
  });
  const deletion = ({ secret: { name }, deleted }: DeletedSecret) => ({
    recoveryId: `${url()}/deletedsecrets/${name}`,
    deletedDate: deleted.at,
    scheduledPurgeDate: deleted.purgeAt,
  });
  return {
    /** For lists of secrets, without the version. */
    item: (found: SecretWithVersion) => identified(found, false),
    /** Without the value. */
    version: (found: SecretWithVersion) => identified(found, true),
    withValue: (found: SecretWithVersion) => ({
      value: found.version.value,
      ...identified(found, true),
    }),
    deletedItem: (found: DeletedSecret) => ({ ...deletion(found), ...identified(found, false) }),
    deleted: (found: DeletedSecret) => ({ ...deletion(found), ...identified(found, true) }),
  };
}
