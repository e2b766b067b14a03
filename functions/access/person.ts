/** The attributes of users and groups that decide about access. */
import { z } from 'zod';
import type { DirectoryResource } from './directory';

/** Longer than any name or address in Entra. */
const maxIdentityLength = 1_000;
const azureExtension = 'urn:adf-connect:scim:schemas:extension:azure:2.0:User';

export interface Person {
  readonly id: string;
  readonly userName: string;
  readonly active: boolean;
  readonly displayName?: string;
  readonly externalId?: string;
  /** Object id in Entra, from our SCIM extension. */
  readonly objectId?: string;
  /** Addresses, the primary one first. */
  readonly emails: readonly string[];
  /** Values of the attribute `roles`, such as app roles of Entra. */
  readonly roles: readonly string[];
}

export interface Group {
  readonly id: string;
  readonly displayName: string;
  readonly externalId?: string;
}

export function personOf({ id, attributes }: DirectoryResource): Person {
  const extension = own(attributes, azureExtension);
  return {
    id,
    userName: textOf(own(attributes, 'userName')) ?? '',
    // RFC 7643 leaves the meaning of an absent value to the service. A push without it is active.
    active: own(attributes, 'active') !== false,
    ...optional('displayName', textOf(own(attributes, 'displayName'))),
    ...optional('externalId', textOf(own(attributes, 'externalId'))),
    ...optional('objectId', textOf(own(extension, 'objectId'))),
    emails: valuesOf(own(attributes, 'emails')),
    roles: valuesOf(own(attributes, 'roles')),
  };
}

export function groupOf({ id, attributes }: DirectoryResource): Group {
  return {
    id,
    displayName: textOf(own(attributes, 'displayName')) ?? '',
    ...optional('externalId', textOf(own(attributes, 'externalId'))),
  };
}

/** Addresses that are looked up for one person. */
export const maxEmails = 3;

/** What tells as whom a person signs in. Bounded, because it is stored with an intent. */
export const identity = z.object({
  id: z.string(),
  userName: z.string(),
  objectId: z.string().exactOptional(),
  externalId: z.string().exactOptional(),
  emails: z.array(z.string()).readonly(),
});
export type Identity = Readonly<z.infer<typeof identity>>;

export const identityOf = ({ id, userName, objectId, externalId, emails }: Person): Identity => ({
  id,
  userName: userName.slice(0, maxIdentityLength),
  ...optional('objectId', objectId?.slice(0, maxIdentityLength)),
  ...optional('externalId', externalId?.slice(0, maxIdentityLength)),
  emails: emails.slice(0, maxEmails).map((email) => email.slice(0, maxIdentityLength)),
});

/** Whether a change of a user can change what the user may do, or as which principal. */
export function isAccessRelevant(before: DirectoryResource, after: DirectoryResource): boolean {
  return JSON.stringify(relevantOf(before)) !== JSON.stringify(relevantOf(after));
}

function relevantOf(user: DirectoryResource) {
  const { userName, active, externalId, objectId, emails, roles } = personOf(user);
  return [userName, active, externalId, objectId, emails, roles];
}

function own(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** Texts of a plural attribute: of plain values, or of the sub-attribute `value`. */
function valuesOf(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  const entries = (value as readonly unknown[]).map((entry) => ({
    text: textOf(entry) ?? textOf(own(entry, 'value')),
    primary: own(entry, 'primary') === true,
  }));
  return entries
    .toSorted((one, other) => Number(other.primary) - Number(one.primary))
    .flatMap(({ text }) => text ?? []);
}

const optional = <Name extends string>(name: Name, value: string | undefined) =>
  (value === undefined ? {} : { [name]: value }) as { readonly [Key in Name]?: string };
