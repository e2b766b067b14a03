/** Attempts are of interest for a while; tables forget nothing by themselves. */
import { app } from '@azure/functions';
import type { Lazy } from '../concurrency/lazy';
import type { Services } from '../services';

export function registerAttempts(services: Lazy<Services>): void {
  app.timer('forgetAttempts', {
    schedule: '0 41 2 * * *',
    handler: () => services().attempts.runRetention(),
  });
}
