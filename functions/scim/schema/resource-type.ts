/** Resource types (RFC 7643 section 6): the schemas of a User and of a Group. */
import { createSchema, type Attribute, type Schema } from './attribute';
import { commonAttributes } from './common-attributes';
import { groupSchema } from './group-schema';
import { azureUserSchema, enterpriseUserSchema } from './user-extensions';
import { userSchema } from './user-schema';

export type ResourceTypeName = 'User' | 'Group';

export interface ResourceType {
  readonly name: ResourceTypeName;
  /** Path below the base URL. */
  readonly endpoint: '/Users' | '/Groups';
  readonly description: string;
  readonly schema: Schema;
  readonly extensions: readonly Schema[];
  /** Attributes of the core schema and common attributes, by lower-cased name. */
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** Attributes of all schemas, without sub-attributes. */
  readonly allAttributes: readonly Attribute[];
  /**
   * The attribute whose values are rows of their own. Requests for it become member changes, and
   * a resource is stored without it.
   */
  readonly membersAttribute?: Attribute;
}

type Declaration = Omit<ResourceType, 'attributes' | 'allAttributes' | 'membersAttribute'>;

function createResourceType(declaration: Declaration): ResourceType {
  const { schema, extensions } = declaration;
  const common = createSchema({ ...schema, attributes: commonAttributes });
  const members = schema.attributes.get('members');
  const attributes = new Map([...common.attributes, ...schema.attributes]);
  return {
    ...declaration,
    attributes,
    allAttributes: [attributes, ...extensions.map((extension) => extension.attributes)].flatMap(
      (map) => [...map.values()],
    ),
    ...(members && { membersAttribute: members }),
  };
}

export const userType = createResourceType({
  name: 'User',
  endpoint: '/Users',
  description: 'People.',
  schema: userSchema,
  extensions: [enterpriseUserSchema, azureUserSchema],
});

export const groupType = createResourceType({
  name: 'Group',
  endpoint: '/Groups',
  description: 'Groups of people and groups.',
  schema: groupSchema,
  extensions: [],
});

export const resourceTypes: readonly ResourceType[] = [userType, groupType];

export const schemasOfType = ({ schema, extensions }: ResourceType): readonly Schema[] => [
  schema,
  ...extensions,
];
