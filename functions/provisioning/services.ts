/** Composition of this module: connections with their tokens, their directories, and SCIM. */
import type { EventServices } from '../events/services';
import { assertWithinLimit, rateLimitHeaders, type RateLimiter } from '../http/rate-limit';
import type { CursorKey } from '../scim/query/cursor';
import type { SecretStore } from '../secrets/ports';
import { ConnectionMaintenanceService } from './connections/connection-maintenance-service';
import { scimBaseUrl } from './connections/connection-response';
import { ConnectionService } from './connections/connection-service';
import { Peppers } from './connections/peppers';
import { TokenAuthenticationService } from './connections/token-authentication-service';
import { CommitService, type Hooks } from './directory/commit-service';
import { newResourceId } from './directory/directory';
import { GroupIdCache } from './directory/group-id-cache';
import { GroupReferences } from './directory/group-references';
import { DirectoryReaderService } from './directory/directory-reader-service';
import { JournalService } from './directory/journal-service';
import { MatchService } from './directory/match-service';
import { NameLookup } from './directory/name-lookup';
import { MembershipService } from './directory/membership-service';
import { QueryService } from './directory/query-service';
import { ResourceIds } from './directory/resource-ids';
import { ResourceService } from './directory/resource-service';
import { ResourceViewService } from './directory/resource-view-service';
import type { ConnectionStore, DirectoryStore, RequestLimit, RequestLogStore } from './ports';
import { RequestLogService } from './request-log/request-log-service';
import { OperationService } from './scim/operation-service';
import { RequestNoteService } from './scim/request-note-service';
import { ScimService } from './scim/scim-service';

export interface ProvisioningServices {
  readonly scim: ScimService;
  readonly provisioningConnections: ConnectionService;
  readonly provisioningRequests: RequestLogService;
  readonly provisioningMaintenance: ConnectionMaintenanceService;
  readonly directoryReader: DirectoryReaderService;
}

export interface ProvisioningPorts extends EventServices {
  readonly provisioningConnectionStore: ConnectionStore;
  readonly directoryStore: DirectoryStore;
  readonly requestLogStore: RequestLogStore;
  readonly secretStore: SecretStore;
  readonly rateLimiter: RateLimiter;
  readonly publicUrl: string;
  readonly cursorKey: CursorKey;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly randomBytes: (size: number) => Uint8Array;
  /** What follows a change. Called for each change, so these modules may need this one. */
  readonly hooks: () => Hooks;
}

export function provisioningServices(ports: ProvisioningPorts): ProvisioningServices {
  const { provisioningConnectionStore, directoryStore, requestLogStore, events } = ports;
  const { rateLimiter, publicUrl, now, randomBytes, hooks } = ports;
  const peppers = new Peppers(ports.secretStore, randomBytes, now);
  const groupReferences = new GroupReferences(directoryStore, now);
  const commits = new CommitService(directoryStore, groupReferences, hooks, now);
  const membership = new MembershipService(directoryStore);
  const journals = new JournalService(directoryStore, commits, membership, now);
  const groupIds = new GroupIdCache();
  const resources = new ResourceService(
    directoryStore,
    commits,
    membership,
    journals,
    groupIds,
    hooks,
    now,
    () => newResourceId(now(), randomBytes(10)),
  );
  const views = new ResourceViewService(directoryStore, membership, groupIds, groupReferences);
  const provisioningRequests = new RequestLogService(requestLogStore, randomBytes);
  return {
    scim: new ScimService(
      new TokenAuthenticationService(provisioningConnectionStore, peppers, now),
      new OperationService(resources, views, membership),
      new QueryService(
        directoryStore,
        views,
        new MatchService(directoryStore, views, new NameLookup(directoryStore)),
        new ResourceIds(directoryStore, now),
        ports.cursorKey,
        now,
      ),
      new RequestNoteService(provisioningRequests, hooks, now),
      scimLimit(rateLimiter),
      scimBaseUrl(publicUrl),
      now,
    ),
    provisioningConnections: new ConnectionService(
      provisioningConnectionStore,
      peppers,
      events,
      now,
      ports.newId,
      randomBytes,
      environmentOf(publicUrl),
    ),
    provisioningRequests,
    provisioningMaintenance: new ConnectionMaintenanceService(
      provisioningConnectionStore,
      directoryStore,
      requestLogStore,
      journals,
      events,
      hooks,
      now,
    ),
    directoryReader: new DirectoryReaderService(directoryStore),
  };
}

const scimLimit = (rateLimiter: RateLimiter): RequestLimit => ({
  async consume({ tenantId, connectionId }) {
    const state = await rateLimiter.consume('scim', tenantId, connectionId);
    assertWithinLimit(state);
    return rateLimitHeaders([state]);
  },
});

/** The first label of the host name, as far as a token may contain it. */
function environmentOf(publicUrl: string): string {
  const { hostname } = new URL(publicUrl);
  const [label = ''] = hostname.split('.');
  const plain = Array.from(label).filter((char) => char !== '_' && char !== '[');
  const isAddress = plain.every((char) => char === ':' || (char >= '0' && char <= '9'));
  return isAddress ? 'local' : plain.slice(0, 40).join('');
}
