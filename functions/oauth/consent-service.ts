/** Builds the link with which an administrator approves an app for a tenant. */
import type { ConnectorService } from '../connectors/connector-service';
import type { ConnectorKey } from '../storage/connector-key';

export interface ConsentOptions {
  readonly entraUrl: string;
  /** Our own app. */
  readonly clientId: string;
  /** Our callback, to which the administrator's browser returns. */
  readonly redirectUri: string;
}

export interface ConsentRequest {
  readonly clientId?: string | undefined;
  readonly tenantId?: string | undefined;
}

const scopes = [
  'https://management.azure.com/user_impersonation',
  'https://graph.microsoft.com/User.Read',
  'offline_access',
];

export class ConsentService {
  constructor(
    private readonly connectors: Pick<ConnectorService, 'get'>,
    private readonly options: ConsentOptions,
  ) {}

  /**
   * App and tenant default to those of the connector's account, then to our app and the caller's
   * tenant.
   */
  async urlFor(connector: ConnectorKey, request: ConsentRequest): Promise<string> {
    const { account } = await this.connectors.get(connector);
    const tenant = request.tenantId ?? account?.tenantId ?? connector.tenantId;
    const clientId = request.clientId ?? account?.clientId ?? this.options.clientId;
    const { entraUrl } = this.options;
    const url = new URL(`${entraUrl}/${encodeURIComponent(tenant)}/v2.0/adminconsent`);
    url.searchParams.set('client_id', clientId);
    url.searchParams.set('scope', scopes.join(' '));
    // The customer's own app does not know our callback.
    if (clientId === this.options.clientId)
      url.searchParams.set('redirect_uri', this.options.redirectUri);
    return url.href;
  }
}
