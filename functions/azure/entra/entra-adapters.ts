/** Everything that talks to Entra with our own app. */
import type { Config } from '../../config';
import type { Secret } from '../../secrets/secret';
import { EntraAccessCheck } from './access-check';
import { AppTokens } from './app-tokens';
import { OwnApp } from './own-app';
import { EntraTenantDirectory } from './tenant-directory';
import { EntraTokenEndpoint } from './token-endpoint';
import { EntraUserSignIn } from './user-sign-in';

interface Parts {
  readonly redirectUri: string;
  /** Reads the current secret of the app. */
  readonly clientSecret: () => Promise<Secret>;
  readonly now: () => Date;
}

export function entraAdapters(config: Config, { redirectUri, clientSecret, now }: Parts) {
  const { entraUrl } = config;
  const { clientId, tenantId } = config.oauth;
  const ownApp = new OwnApp({ entraUrl, clientId, tenantId, clientSecret, now });
  return {
    ownApp,
    tokenEndpoint: new EntraTokenEndpoint({ entraUrl, ownApp, redirectUri }),
    userSignIn: new EntraUserSignIn({ entraUrl, ownApp }),
    accessCheck: new EntraAccessCheck(config),
    tenantDirectory: new EntraTenantDirectory({ entraUrl }),
    appTokens: new AppTokens({ entraUrl, ownApp, now }),
  };
}
