/** Our own app on the Entra emulator, with the secret that its registration has now. */
import { OwnApp, type OwnAppOptions } from '../../functions/azure/entra/own-app';
import { Secret } from '../../functions/secrets/secret';
import type { Entra } from '../../infra/local/entra/entra';
import { sample } from '../../infra/local/seed/sample';

export const ownAppOn = (entra: Entra, overrides: Partial<OwnAppOptions> = {}) =>
  new OwnApp({
    entraUrl: entra.url,
    clientId: sample.home.oauthClientId,
    tenantId: sample.home.tenantId,
    clientSecret: async () => new Secret(entra.registry.sample().oauthClientSecret),
    now: () => new Date(),
    ...overrides,
  });
