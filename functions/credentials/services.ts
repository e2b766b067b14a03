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
import { CachedAccessTokens } from './cached-access-tokens';
import { ConnectionAttemptService } from './connection-attempt-service';
import { ConnectionMaintenanceService } from './connection-maintenance-service';
import { ConnectionService } from './connection-service';
import { ConnectionStateService } from './connection-state-service';
import { ConnectionTestService } from './connection-test-service';
import { DisconnectService } from './disconnect-service';
import { PasswordSignInService } from './password-sign-in-service';
import type {
  AccessCheck,
  ConnectorAccessTokens,
  ConnectionAttemptStore,
  LeaseStore,
  PasswordSignIn,
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

export interface AccessTokenPorts extends Pick<ConnectorServices, 'connectors'> {
  readonly leaseStore: LeaseStore;
  readonly secretStore: SecretStore;
  readonly tokenEndpoint: TokenEndpoint;
  readonly events: EventLog;
  readonly now: () => Date;
}

export function accessTokenServices(ports: AccessTokenPorts): AccessTokenServices {
  const { connectors, leaseStore, secretStore, tokenEndpoint, events, now } = ports;
  const connectionStates = new ConnectionStateService(connectors, now, events);
  const accessTokens = new AccessTokenService(
    connectors,
    connectionStates,
    leaseStore,
    secretStore,
    tokenEndpoint,
    now,
  );
  return {
    connectionStates,
    accessTokens,
    cachedAccessTokens: new CachedAccessTokens(accessTokens, now),
  };
}

export interface CredentialServices {
  readonly connections: ConnectionService;
  readonly connectionAttempts: ConnectionAttemptService;
  readonly connectionMaintenance: ConnectionMaintenanceService;
  readonly connectionTests: ConnectionTestService;
  readonly disconnections: DisconnectService;
  readonly passwordSignIns: PasswordSignInService;
  readonly secretRotations: SecretRotationService;
}

export interface CredentialPorts extends AccessTokenServices, Omit<AccessTokenPorts, 'leaseStore'> {
  readonly connectorStore: Pick<ConnectorStore, 'get'>;
  readonly connectionAttemptStore: ConnectionAttemptStore;
  readonly passwordSignIn: PasswordSignIn;
  readonly accessCheck: AccessCheck;
  readonly factoryReader: Pick<FactoryReader, 'discover'>;
  /** Ids sort newest first. */
  readonly newId: () => string;
}

export function credentialServices(ports: CredentialPorts): CredentialServices {
  const { connectors, connectorStore, connectionAttemptStore, secretStore, factoryReader } = ports;
  const { tokenEndpoint, passwordSignIn, accessCheck, events, now, newId } = ports;
  const { connectionStates, accessTokens, cachedAccessTokens } = ports;
  const rollovers = new SecretRolloverService(connectors, connectorStore, secretStore, now);
  const connections = new ConnectionService(rollovers, tokenEndpoint, accessCheck, now, events);
  return {
    connections,
    connectionAttempts: new ConnectionAttemptService(
      connectionAttemptStore,
      connectors,
      now,
      newId,
      events,
    ),
    connectionMaintenance: new ConnectionMaintenanceService(
      connectors,
      connectionStates,
      accessTokens,
      accessCheck,
      now,
    ),
    // The factory reader takes its token from the same cache, so it does not read the connector.
    connectionTests: new ConnectionTestService(
      connectors,
      connectionStates,
      cachedAccessTokens,
      accessCheck,
      factoryReader,
      now,
    ),
    disconnections: new DisconnectService(connectors, secretStore, now, events),
    passwordSignIns: new PasswordSignInService(
      connectionAttemptStore,
      passwordSignIn,
      connections,
      now,
    ),
    secretRotations: new SecretRotationService(
      rollovers,
      secretStore,
      tokenEndpoint,
      accessCheck,
      now,
      events,
    ),
  };
}
