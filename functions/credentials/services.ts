/**
 * Composition of this module in two steps: the factory reader that connection tests use needs the
 * access tokens of the first step.
 */
import type { ConnectorStore } from '../connectors/ports';
import type { ConnectorServices } from '../connectors/services';
import type { FactoryReader } from '../data-factory/ports';
import type { EventLog } from '../events/ports';
import type { SecretStore } from '../secrets/ports';
import { AccessTokenService } from './access-token-service';
import { AllowedTenantsService } from './accounts/allowed-tenants-service';
import { PasswordTries, type TryKey } from './accounts/password-tries';
import { CachedAccessTokens } from './cached-access-tokens';
import { ConnectionAttemptService } from './connection-attempt-service';
import { ConnectionMaintenanceService } from './connection-maintenance-service';
import { ConnectionService } from './connection-service';
import { ConnectionStateService } from './connection-state-service';
import { ConnectionTestService } from './connection-test/connection-test-service';
import { ConnectionVerificationService } from './verification/connection-verification-service';
import { DisconnectService } from './disconnect-service';
import { GrantRenewalService } from './grant-renewal-service';
import { PasswordSignInService } from './password-sign-in-service';
import type {
  AccessCheck,
  AllowedTenantsStore,
  ConnectorAccessTokens,
  ConnectionAttemptStore,
  LeaseStore,
  OwnAppCheck,
  PasswordSignIn,
  PasswordTryStore,
  TenantDirectory,
  TokenEndpoint,
} from './ports';
import { SecretRolloverService } from './secret-rollover-service';
import { SecretRotationService } from './secret-rotation-service';

export interface AccessTokenServices {
  readonly connectionStates: ConnectionStateService;
  readonly accessTokens: ConnectorAccessTokens;
  /** For adapters that need a token with every request to Azure. */
  readonly cachedAccessTokens: ConnectorAccessTokens;
}

export interface AccessTokenPorts extends Pick<ConnectorServices, 'connectors' | 'secretRemovals'> {
  readonly leaseStore: LeaseStore;
  readonly secretStore: SecretStore;
  readonly tokenEndpoint: TokenEndpoint;
  readonly accessCheck: AccessCheck;
  readonly events: EventLog;
  readonly now: () => Date;
}

export function accessTokenServices(ports: AccessTokenPorts): AccessTokenServices {
  const { connectors, leaseStore, secretStore, tokenEndpoint, accessCheck, now, secretRemovals } =
    ports;
  const connectionStates = new ConnectionStateService(connectors, now);
  const renewals = new GrantRenewalService(
    connectors,
    connectionStates,
    leaseStore,
    secretStore,
    secretRemovals,
    now,
  );
  const accessTokens = new AccessTokenService(
    connectors,
    connectionStates,
    renewals,
    secretStore,
    tokenEndpoint,
    accessCheck,
    now,
  );
  return {
    connectionStates,
    accessTokens,
    cachedAccessTokens: new CachedAccessTokens(accessTokens, now),
  };
}

export interface CredentialServices {
  readonly ownApp: OwnAppCheck;
  readonly allowedTenants: AllowedTenantsService;
  readonly connections: ConnectionService;
  readonly connectionAttempts: ConnectionAttemptService;
  readonly connectionMaintenance: ConnectionMaintenanceService;
  readonly connectionTests: ConnectionTestService;
  readonly connectionVerification: ConnectionVerificationService;
  readonly disconnections: DisconnectService;
  readonly passwordSignIns: PasswordSignInService;
  readonly secretRotations: SecretRotationService;
}

export interface CredentialPorts extends AccessTokenServices, Omit<AccessTokenPorts, 'leaseStore'> {
  readonly connectorStore: Pick<ConnectorStore, 'get'>;
  readonly connectionAttemptStore: ConnectionAttemptStore;
  readonly allowedTenantsStore: AllowedTenantsStore;
  readonly passwordTryStore: PasswordTryStore;
  readonly accountHashKey: TryKey;
  readonly passwordSignIn: PasswordSignIn;
  readonly tenantDirectory: TenantDirectory;
  readonly ownApp: OwnAppCheck;
  readonly factoryReader: Pick<FactoryReader, 'discover'>;
  /** Ids sort newest first. */
  readonly newId: () => string;
}

export function credentialServices(ports: CredentialPorts): CredentialServices {
  const { connectors, connectorStore, connectionAttemptStore, secretStore, factoryReader } = ports;
  const { tokenEndpoint, passwordSignIn, accessCheck, events, now, newId } = ports;
  const { secretRemovals, connectionStates, accessTokens, cachedAccessTokens } = ports;
  const rollovers = new SecretRolloverService(
    connectors,
    connectorStore,
    secretStore,
    secretRemovals,
    now,
  );
  const allowedTenants = new AllowedTenantsService(ports.allowedTenantsStore, now, events);
  const connections = new ConnectionService(
    rollovers,
    tokenEndpoint,
    accessCheck,
    allowedTenants,
    ports.tenantDirectory,
    now,
  );
  const connectionAttempts = new ConnectionAttemptService(
    connectionAttemptStore,
    connectors,
    now,
    newId,
    events,
  );
  const connectionMaintenance = new ConnectionMaintenanceService(
    connectors,
    connectionStates,
    accessTokens,
    accessCheck,
    now,
  );
  return {
    ownApp: ports.ownApp,
    allowedTenants,
    connections,
    connectionAttempts,
    connectionMaintenance,
    connectionVerification: new ConnectionVerificationService(
      connectors,
      connectionMaintenance,
      now,
    ),
    // The factory reader takes its token from the same cache, so it does not read the connector.
    connectionTests: new ConnectionTestService(
      connectors,
      cachedAccessTokens,
      accessCheck,
      factoryReader,
      now,
      events,
    ),
    disconnections: new DisconnectService(connectors, secretRemovals, connectionAttempts, now),
    passwordSignIns: new PasswordSignInService(
      new PasswordTries(ports.passwordTryStore, now, ports.accountHashKey),
      ports.tenantDirectory,
      allowedTenants,
      passwordSignIn,
      connections,
    ),
    secretRotations: new SecretRotationService(
      rollovers,
      secretStore,
      tokenEndpoint,
      accessCheck,
      now,
    ),
  };
}
