/** Rows that nobody will ask for again: remembered answers and windows of rate limits. Tables forget nothing themselves. */
import { app } from '@azure/functions';
import type { Lazy } from '../concurrency/lazy';
import type { Services } from '../services';

export function registerExpired(services: Lazy<Services>): void {
  app.timer('deleteExpired', {
    schedule: '0 17 3 * * *',
    async handler() {
      const { idempotency, rateLimiter } = services();
      await idempotency.deleteExpired();
      await rateLimiter.deleteExpired();
    },
  });
}
