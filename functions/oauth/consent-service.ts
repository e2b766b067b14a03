/** The link an administrator follows to approve an app for the whole tenant. What it comes back with proves nothing. */
import type { ConnectorService } from '../connectors/connector-service';

export interface ConsentOptions {
  readonly entraUrl: string;
  /** Our own app, which the administrator's browser comes back to. */
  readonly clientId: string;
  readonly redirectUri: string;
}

export interface ConsentWanted {
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

  /** For the app and tenant that are named, those of the connector's account, or ours in the caller's tenant. */
  async urlFor(callerTenant: string, connectorId: string, wanted: ConsentWanted): Promise<string> {
    const { account } = await this.connectors.get(callerTenant, connectorId);
    const tenant = wanted.tenantId ?? account?.tenantId ?? callerTenant;
    const clientId = wanted.clientId ?? account?.clientId ?? this.options.clientId;
    const { entraUrl } = this.options;
    const url = new URL(`${entraUrl}/${encodeURIComponent(tenant)}/v2.0/adminconsent`);
    url.searchParams.set('client_id', clientId);
    url.searchParams.set('scope', scopes.join(' '));
    // The customer's own app knows its own addresses, and ours is not among them.
    if (clientId === this.options.clientId)
      url.searchParams.set('redirect_uri', this.options.redirectUri);
    return url.href;
  }
}
