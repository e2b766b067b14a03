/**
 * Health of the deployment. Requires no token, so it names settings and dependencies, never values.
 */
import { z } from 'zod';
import { endpoint } from './endpoint';
import type { HttpServices } from './services';

const health = z
  .strictObject({
    status: z.enum(['healthy', 'unhealthy']),
    checks: z.array(
      z.strictObject({
        name: z.string().describe('Name of the dependency or rule.'),
        ok: z.boolean(),
        detail: z.string().optional().describe('Cause of a failure, or a warning.'),
      }),
    ),
  })
  .meta({ id: 'Health' });

const getHealth = endpoint({
  method: 'GET',
  route: 'health',
  summary: 'Check the health of the deployment',
  allow: 'anonymous',
  responses: { 200: health, 503: health },

  async handle(_request, { checkHealth }: HttpServices) {
    const checks = await checkHealth();
    const healthy = checks.every(({ ok }) => ok);
    return {
      status: healthy ? 200 : 503,
      jsonBody: { status: healthy ? 'healthy' : 'unhealthy', checks },
    };
  },
});

const readiness = z
  .strictObject({ status: z.enum(['ready', 'not_ready']) })
  .meta({ id: 'Readiness' });

/** Without one of these no request succeeds. Other checks are about work in the background. */
const required: ReadonlySet<string> = new Set(['configuration', 'storage', 'key vault']);

const getReadiness = endpoint({
  method: 'GET',
  route: 'ready',
  summary: 'Check whether requests can be served',
  description: 'For load balancers. The parts are checked at most once in five seconds.',
  allow: 'anonymous',
  responses: { 200: readiness, 503: readiness },

  async handle(_request, { checkHealth }: HttpServices) {
    const checks = await checkHealth();
    const isReady = checks.every(({ name, ok }) => ok || !required.has(name));
    return {
      status: isReady ? 200 : 503,
      jsonBody: { status: isReady ? 'ready' : 'not_ready' },
    };
  },
});

export const healthEndpoints = { getHealth, getReadiness };
