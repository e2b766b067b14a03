/** Composition of this module: what it offers, and what it needs from outside. */
import type { WorkRequests } from '../durable/ports';
import type { SecretStore } from '../secrets/ports';
import { AuditLogService } from './audit-log-service';
import { AuditRetentionService } from './audit-retention-service';
import { AuditTrailService } from './audit-trail-service';
import { CheckpointService } from './checkpoint-service';
import { SecretCheckpointSigner } from './checkpoint-signer';
import { ExportService } from './export-service';
import { LinkerService } from './linker-service';
import type { AuditStore, AuditTrail, ConnectionKey, PendingRecordStore } from './ports';
import { VerificationService } from './verification-service';

export interface AuditServices {
  readonly auditTrail: AuditTrail;
  readonly auditLog: AuditLogService;
  readonly auditLinker: LinkerService;
  readonly auditVerification: VerificationService;
  readonly auditExports: ExportService;
  readonly auditRetention: AuditRetentionService;
}

export interface AuditPorts {
  readonly auditStore: AuditStore;
  readonly pendingRecordStore: PendingRecordStore;
  readonly provisioningConnectionStore: {
    listKeys(tenantId?: string): AsyncIterable<ConnectionKey>;
  };
  readonly workRequests: WorkRequests;
  readonly secretStore: Pick<SecretStore, 'get' | 'listVersions'>;
  /** Name of the secret from which the key of checkpoints is derived. */
  readonly checkpointSecretName: string;
  readonly auditRetentionDays: number;
  readonly now: () => Date;
  readonly randomBytes: (size: number) => Uint8Array;
}

export function auditServices(ports: AuditPorts): AuditServices {
  const { auditStore, pendingRecordStore, secretStore, checkpointSecretName, now } = ports;
  const signer = new SecretCheckpointSigner(secretStore, checkpointSecretName, now);
  const checkpoints = new CheckpointService(auditStore, signer, now);
  const auditTrail = new AuditTrailService(
    pendingRecordStore,
    ports.randomBytes,
    ports.workRequests,
  );
  const auditLog = new AuditLogService(auditStore);
  return {
    auditTrail,
    auditLog,
    auditLinker: new LinkerService(
      auditStore,
      pendingRecordStore,
      checkpoints,
      (tenantId) => ports.provisioningConnectionStore.listKeys(tenantId),
      now,
    ),
    auditVerification: new VerificationService(auditStore, checkpoints, now),
    auditExports: new ExportService(auditLog, auditTrail, now),
    auditRetention: new AuditRetentionService(
      auditStore,
      checkpoints,
      auditTrail,
      ports.auditRetentionDays,
      now,
    ),
  };
}
