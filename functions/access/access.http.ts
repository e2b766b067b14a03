/** Endpoints of access: who has what, what is pending, reconciliation, and held revocations. */
import { z } from 'zod';
import { owners } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { listOf, pageParameters } from '../http/paging';
import { provisioningConnectionParams } from '../http/path-params';
import type { HttpServices } from '../http/services';
import {
  accessStatusResponse,
  driftResponse,
  grantResponse,
  toAccessStatusResponse,
  toDriftResponse,
  toGrantResponse,
} from './access-response';
import { withoutHold } from './access-report';
import type { AccessServices } from './services';

const route = 'provisioning/connections/{connectionId}';

const listGrants = endpoint({
  method: 'GET',
  route: `${route}/grants`,
  summary: 'List grants with their reasons',
  description: 'The access report: which user or group has which role where, since when and why.',
  allow: owners,
  params: provisioningConnectionParams,
  query: z.strictObject(pageParameters),
  responses: { 200: listOf(grantResponse) },

  async handle(
    { params: { connectionId }, query, caller: { tenantId } },
    { accessReport, cursors }: AccessServices & HttpServices,
  ) {
    const key = { tenantId, connectionId };
    const path = `/api/provisioning/connections/${connectionId}/grants`;
    return cursors.respond(
      { path, tenantId, query },
      (page) => accessReport.listGrants(key, page),
      toGrantResponse,
    );
  },
});

const getAccessStatus = endpoint({
  method: 'GET',
  route: `${route}/access`,
  summary: 'Get what is pending and what drifted',
  allow: owners,
  params: provisioningConnectionParams,
  responses: { 200: accessStatusResponse },

  async handle({ params, caller: { tenantId } }, { accessReport }: AccessServices) {
    const status = await accessReport.status({ tenantId, ...params });
    return { status: 200, jsonBody: toAccessStatusResponse(status) };
  },
});

const reconcileAccess = endpoint({
  method: 'POST',
  route: `${route}/access/reconcile`,
  summary: 'Compare role assignments with Azure now',
  description:
    'A timer does this every ten minutes. Repairs begin at once and go on in the background.',
  allow: owners,
  rateLimit: 'accessReconciliations',
  params: provisioningConnectionParams,
  responses: { 200: driftResponse },

  async handle({ params, caller }, { access }: AccessServices) {
    const drift = await access.reconcile({ tenantId: caller.tenantId, ...params }, caller);
    return { status: 200, jsonBody: toDriftResponse(drift) };
  },
});

const confirmRevocations = endpoint({
  method: 'POST',
  route: `${route}/access/confirm-revocations`,
  summary: 'Let held revocations go on',
  description:
    'Changes of memberships or of roles of users, and deviations that a reconciliation finds, wait for this if they revoke more than the deployment allows at once. For the following hour nothing is held, and the request may be repeated; leftovers of role assignments are deleted by the next reconciliation within it. To dismiss them, add the members again at the identity provider.',
  allow: owners,
  params: provisioningConnectionParams,
  responses: { 200: accessStatusResponse },

  async handle({ params, caller }, { access, accessReport }: AccessServices) {
    const key = { tenantId: caller.tenantId, ...params };
    // Read before the change: no request fails after its change is stored.
    const before = await accessReport.status(key);
    await access.confirmRevocations(key, caller);
    return { status: 200, jsonBody: toAccessStatusResponse(withoutHold(before)) };
  },
});

export const accessEndpoints = {
  listGrants,
  getAccessStatus,
  reconcileAccess,
  confirmRevocations,
};
