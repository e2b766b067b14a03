/** Endpoints of role rules: read, replace, compare without a change, and earlier versions. */
import { z } from 'zod';
import { owners } from '../../http/caller';
import { displayText } from '../../http/display-text';
import { endpoint } from '../../http/endpoint';
import { listOf, pageParameters } from '../../http/paging';
import { provisioningConnectionParams } from '../../http/path-params';
import type { HttpServices } from '../../http/services';
import type { AccessServices } from '../services';
import { ruleSetContent, ruleSetEtag, type RuleSet } from './role-rule';
import {
  roleRulesResponse,
  ruleComparisonResponse,
  toComparisonResponse,
  toRoleRulesResponse,
} from './role-rules-response';

const route = 'provisioning/connections/{connectionId}/role-rules';

const exampleRules = {
  highestRoleOnly: false,
  rules: [
    {
      id: 'operators',
      description: 'Data engineers run pipelines in production.',
      match: { kind: 'group_name', value: 'ADF operators' },
      role: 'operator',
      scopes: [
        '/subscriptions/c0c0a000-0000-4000-8000-0000000000f1/resourceGroups/rg-data/providers/Microsoft.DataFactory/factories/adf-prod',
      ],
      principalMode: 'user',
    },
  ],
};

const getRoleRules = endpoint({
  method: 'GET',
  route,
  summary: 'Get the role rules of a connection',
  allow: owners,
  params: provisioningConnectionParams,
  etag: true,
  responses: { 200: roleRulesResponse },

  async handle({ params, caller: { tenantId } }, { roleRules }: AccessServices) {
    return respond(await roleRules.get({ tenantId, ...params }));
  },
});

const replaceRoleRules = endpoint({
  method: 'PUT',
  route,
  summary: 'Replace the role rules of a connection',
  description:
    'Roles follow within seconds. A change that removes more grants than the deployment allows at once is refused until it is repeated with confirmRevocations; a dry run shows what it removes.',
  allow: owners,
  params: provisioningConnectionParams,
  body: ruleSetContent.extend({
    reason: displayText(500).describe('Why the rules change, for the audit trail.'),
    confirmRevocations: z
      .boolean()
      .default(false)
      .describe('Allows the change to remove any number of grants.'),
  }),
  example: { ...exampleRules, reason: 'Production needs operators', confirmRevocations: false },
  ifMatch: true,
  etag: true,
  responses: { 200: roleRulesResponse },

  async handle({ params, body, ifMatch, caller }, { roleRules }: AccessServices) {
    const { reason, confirmRevocations, ...content } = body;
    const { tenantId } = caller;
    const change = { content, reason, confirmRevocations, ifMatch };
    return respond(await roleRules.replace({ tenantId, ...params }, caller, change));
  },
});

const compareRoleRules = endpoint({
  method: 'POST',
  route: `${route}/dry-run`,
  summary: 'Show what other role rules would change',
  description: 'Changes nothing. Compares with the rules that are in force.',
  allow: owners,
  params: provisioningConnectionParams,
  body: ruleSetContent,
  example: exampleRules,
  responses: { 200: ruleComparisonResponse },

  async handle({ params, body, caller: { tenantId } }, { roleRules }: AccessServices) {
    const comparison = await roleRules.compare({ tenantId, ...params }, body);
    const needsConfirmation = roleRules.needsConfirmation(comparison);
    return { status: 200, jsonBody: toComparisonResponse(comparison, needsConfirmation) };
  },
});

const listRoleRuleVersions = endpoint({
  method: 'GET',
  route: `${route}/versions`,
  summary: 'List versions of role rules, newest first',
  allow: owners,
  params: provisioningConnectionParams,
  query: z.strictObject(pageParameters),
  responses: { 200: listOf(roleRulesResponse) },

  async handle(
    { params: { connectionId }, query, caller: { tenantId } },
    { roleRules, cursors }: AccessServices & HttpServices,
  ) {
    const key = { tenantId, connectionId };
    const path = `/api/provisioning/connections/${connectionId}/role-rules/versions`;
    return cursors.respond(
      { path, tenantId, query },
      (page) => roleRules.listVersions(key, page),
      toRoleRulesResponse,
    );
  },
});

const respond = (rules: RuleSet) => ({
  status: 200,
  headers: { ETag: ruleSetEtag(rules) },
  jsonBody: toRoleRulesResponse(rules),
});

export const roleRuleEndpoints = {
  getRoleRules,
  replaceRoleRules,
  compareRoleRules,
  listRoleRuleVersions,
};
