/** Every HTTP endpoint by name: what is registered, what is documented, what tests ask. */
import { healthEndpoints } from './http/health.http';

export const endpoints = {
  ...healthEndpoints,
};
