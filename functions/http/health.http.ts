/** Is this deployment able to work? Open to everybody, so it names settings and parts, never values. */
import { z } from 'zod';
import { endpoint } from './endpoint';

const health = z
  .strictObject({
    status: z.enum(['healthy', 'unhealthy']),
    checks: z.array(
      z.strictObject({ name: z.string(), ok: z.boolean(), detail: z.string().optional() }),
    ),
  })
  .meta({ id: 'Health' });

const getHealth = endpoint({
  method: 'GET',
  route: 'health',
  summary: 'Whether the configuration is complete and storage and vault can be reached',
  allow: 'anonymous',
  responses: { 200: health, 503: health },

  async handle(_call, { checkHealth }) {
    const checks = await checkHealth();
    const healthy = checks.every(({ ok }) => ok);
    return {
      status: healthy ? 200 : 503,
      jsonBody: { status: healthy ? 'healthy' : 'unhealthy', checks },
    };
  },
});

export const healthEndpoints = { getHealth };
