/** Role rules: which groups or user roles of a directory give which role on which scopes. */
import { z } from 'zod';
import { person } from '../../events/actor';
import { scope } from './scope';

export const roleNames = ['contributor', 'operator', 'reader'] as const;
export const roleName = z.enum(roleNames);
/** Roles on Data Factory, the most powerful first. */
export type RoleName = (typeof roleNames)[number];

const value = z.string().min(1).max(256);

/** What a rule matches. The kind names the attribute and the kind of comparison. */
export const ruleMatch = z.discriminatedUnion('kind', [
  z
    .strictObject({ kind: z.literal('group_name'), value })
    .describe('displayName of a group, without case.'),
  z
    .strictObject({ kind: z.literal('group_name_glob'), value })
    .describe('displayName of groups, without case. `*` stands for any characters, `?` for one.'),
  z
    .strictObject({ kind: z.literal('group_external_id'), value })
    .describe('externalId of a group.'),
  z.strictObject({ kind: z.literal('group_id'), value }).describe('SCIM id of a group.'),
  z.strictObject({ kind: z.literal('user_role'), value }).describe('A value of `roles` of a user.'),
]);
export type RuleMatch = Readonly<z.infer<typeof ruleMatch>>;

export const roleRule = z
  .strictObject({
    id: z
      .string()
      .max(64)
      .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must have 1 to 64 lower-case letters, digits or "-"')
      .describe('Chosen by the author. Grants name it as their reason.'),
    description: z.string().trim().min(1).max(500).exactOptional(),
    match: ruleMatch,
    role: roleName,
    scopes: z.array(scope).min(1).max(50),
    principalMode: z
      .enum(['user', 'group'])
      .default('user')
      .describe(
        '`user`: each member gets the role. `group`: the Entra group gets it once; membership then is up to Entra, and deactivating a user here revokes nothing.',
      ),
  })
  .refine(({ match, principalMode }) => match.kind !== 'user_role' || principalMode === 'user', {
    path: ['principalMode'],
    message: 'must be user, because the rule matches no group',
  });
export type RoleRule = Readonly<z.infer<typeof roleRule>>;

/** Fits into a row of a table, even if compression saves nothing. */
const maxJsonBytes = 700_000;

/** The content of a rule set, as its author writes it. */
export const ruleSetContent = z.strictObject({
  highestRoleOnly: z
    .boolean()
    .default(false)
    .describe('A principal gets only the most powerful of its roles on each scope.'),
  rules: z
    .array(roleRule)
    .max(200)
    .refine((rules) => new Set(rules.map(({ id }) => id)).size === rules.length, {
      message: 'must not have two rules with one id',
    })
    .refine((rules) => Buffer.byteLength(JSON.stringify(rules)) <= maxJsonBytes, {
      message: `must have at most ${maxJsonBytes / 1_000} kB as JSON`,
    })
    .describe(`At most ${maxJsonBytes / 1_000} kB as JSON.`),
});
export type RuleSetContent = Readonly<z.infer<typeof ruleSetContent>>;

export const ruleSet = ruleSetContent.extend({
  /** Counts changes. 0 before the first one. */
  version: z.int(),
  changedAt: z.string().exactOptional(),
  changedBy: person.exactOptional(),
  reason: z.string().exactOptional(),
});
export type RuleSet = Readonly<z.infer<typeof ruleSet>>;

export const noRules: RuleSet = { version: 0, highestRoleOnly: false, rules: [] };

export const ruleSetEtag = ({ version }: Pick<RuleSet, 'version'>): string => `"v${version}"`;
