/**
 * The local stack: starts the emulators, the Functions host and the control server, and stops them
 * in order.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { ensureCertificates } from '../emulator/certificates';
import { createClock } from '../emulator/clock';
import { startControlServer } from '../control/control-server';
import { openDataFolder, resolveFactoryFolders, writeJson } from './data-folder';
import { startEntra } from '../entra/entra';
import type { Delivery } from '../function-app/durable/delivery';
import { createFaults } from '../emulator/faults';
import { createJournal, type Journal } from '../emulator/journal';
import { startKeyVault } from '../key-vault/key-vault';
import { projectRoot } from '../emulator/project-root';
import { startResourceManager, type ResourceManager } from '../resource-manager/resource-manager';
import { sample } from '../seed/sample';
import type { ScimProfile } from '../cli/arguments';
import { openScimConnection, type ScimAccess } from './scim-connection';
import { productSettings } from './settings';
import type { EmulatorContext } from '../emulator/server';
import { startStorage } from '../storage/storage';
import { declaredQueues, declaredTables } from '../storage/declared-names';
import { startWorkers, type Workers } from './workers';
import { createControlRoutes } from '../control/control-routes';

export interface StackOptions {
  readonly dataFolder: string;
  /** The first port to try. */
  readonly port: number;
  /** Folders of factories. The sample factories if empty. */
  readonly factories: readonly string[];
  /** Origins whose pages may call the API, as ALLOWED_ORIGINS of a deployment. */
  readonly origins?: readonly string[];
  /** Processes of the Functions host, behind a front that alternates between them. */
  readonly workers?: number;
  /** How unkind the queues of Durable Functions are. */
  readonly delivery?: Delivery;
  /** Delay of every response of Resource Manager. */
  readonly latencyMs: number;
  /** Delete the content of the data folder first. */
  readonly fresh: boolean;
  /** Debugger port of the Functions host. */
  readonly inspectPort?: number;
  /**
   * Folder with host.json and the bundle that package.json names. The project folder by default.
   */
  readonly scriptRoot?: string;
  /**
   * Profile of a provisioning connection of the sample tenant, created with a token. None is created if
   * it is absent.
   */
  readonly scimProfile?: ScimProfile;
  /** Keep storage in memory only. */
  readonly inMemory?: boolean;
  /** Called with each line that the Functions host prints. */
  readonly log: (line: string) => void;
  /** Called with the name of each part when it has started. */
  readonly onStarted?: (name: string) => void;
  /** Called when the stack fails, or without an error when the control API requests a stop. */
  readonly onEnd: (reason?: Error) => void;
}

/** Content of `stack.json` in the data folder. */
export interface StackDescription {
  readonly baseUrl: string;
  readonly pid: number;
  /** Process of the worker that runs the orchestrations. */
  readonly hostPid: number;
  /** Addresses of the workers. One of them is `baseUrl` unless there are several. */
  readonly workerUrls: readonly string[];
  readonly tokens: Readonly<Record<Roles | 'ownerOfOtherTenant', string>>;
  readonly sample: {
    readonly tenantId: string;
    readonly clientId: string;
    readonly clientSecret: string;
    readonly users: readonly { username: string; password: string; objectId: string }[];
    /** A user of another tenant, and a guest of this one. */
    readonly guest: { readonly username: string; readonly password: string };
  };
  readonly azure: {
    readonly storageConnectionString: string;
    readonly keyVaultUrl: string;
    readonly entraUrl: string;
    readonly resourceManagerUrl: string;
  };
  /** Provisioning connection of the sample tenant. Absent with --no-scim. */
  readonly scim?: ScimAccess;
  readonly controlUrl: string;
  /** Master key of the host. `POST /admin/functions/{name}` with this key runs a timer. */
  readonly masterKey: string;
  /** Certificate authority that clients of the emulators must trust. */
  readonly authorityFile: string;
}

export interface Stack {
  description(): StackDescription;
  /** Settings of the product. */
  readonly settings: Readonly<Record<string, string>>;
  readonly resourceManager: ResourceManager;
  readonly journal: Journal;
  /** Resolves when the journal holds every request that was responded to. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

export async function startStack(options: StackOptions): Promise<Stack> {
  const { dataFolder, log } = options;
  await openDataFolder(dataFolder, options.fresh);
  const root = projectRoot();
  const context: EmulatorContext = {
    clock: createClock(),
    journal: createJournal(),
    faults: createFaults(),
    certificates: await ensureCertificates(dataFolder),
    dataFolder,
  };
  /** Stopped in reverse order, because the others still write to storage while they stop. */
  const started: { stop(): Promise<void> }[] = [];
  const add = <T extends { stop(): Promise<void> }>(name: string, part: T): T => {
    started.push(part);
    options.onStarted?.(name);
    return part;
  };
  const stop = async () => {
    for (const part of started.splice(0).reverse()) await part.stop();
  };

  try {
    const storage = add(
      'Azure Storage (Azurite)',
      await startStorage(context, {
        onFailure: options.onEnd,
        inMemory: options.inMemory ?? false,
      }),
    );
    const entra = add('Entra ID', await startEntra(context));
    const [keyVault, resourceManager] = await Promise.all([
      startKeyVault(context, {
        verify: entra.verify,
        entraUrl: entra.url,
        tenantId: sample.home.tenantId,
      }).then((part) => add('Key Vault', part)),
      startResourceManager(context, {
        verify: entra.verify,
        factories: await resolveFactoryFolders(dataFolder, options.factories),
        sampleFactories: join(root, 'infra/local/seed/factories'),
        latencyMs: options.latencyMs,
      }).then((part) => add('Resource Manager with Data Factory', part)),
      declaredTables(root).then((names) => storage.ensureTables(names)),
      declaredQueues(root).then((names) => storage.ensureQueues(names)),
    ]);
    const sampleCredentials = entra.registry.sample();
    await keyVault.seed('app-oauth-client', sampleCredentials.oauthClientSecret);
    // As random as the secret it derives from, and the same after a restart.
    const cursorKey = createHash('sha256').update(`cursors ${sampleCredentials.oauthClientSecret}`);
    await keyVault.seed('app-cursor-key', cursorKey.digest('base64url'));

    const settings = productSettings(
      [storage.env, entra.env, keyVault.env, resourceManager.env],
      context.certificates,
    );
    let description: StackDescription | undefined;
    const writeDescription = async () => {
      if (description)
        await writeJson(
          join(dataFolder, 'stack.json'),
          (description = { ...description, ...workersOf(hosts) }),
        );
    };
    const hosts: Workers = add(
      'Functions host',
      await startWorkers({
        count: options.workers ?? 1,
        program: join(root, 'dist/local/host.js'),
        root: options.scriptRoot ?? root,
        port: options.port,
        dataFolder,
        env: { ...settings, 'Host.CORS': (options.origins ?? []).join(',') },
        ...(options.inspectPort !== undefined && { inspectPort: options.inspectPort }),
        ...(options.delivery && { delivery: options.delivery }),
        log,
        offsetMs: () => context.clock.offsetMs,
        onReady: () => void writeDescription(),
        onFailure: options.onEnd,
      }),
    );
    context.clock.onShift(() => hosts.shift());
    context.faults.onKill((worker) => hosts.kill(worker));
    const control = add(
      'control API',
      await startControlServer(
        createControlRoutes({
          context,
          entra,
          resourceManager,
          restartHost: () => hosts.restart(),
          skewWorker: (worker, skewMs) => hosts.skew(worker, skewMs),
          restartStorage: () => storage.restart(),
          stop: () => options.onEnd(),
        }),
        () => storage.settle(),
      ),
    );
    const issued = await tokens(entra);
    description = {
      baseUrl: hosts.url,
      pid: process.pid,
      ...workersOf(hosts),
      tokens: issued,
      sample: {
        tenantId: sample.contoso.tenantId,
        clientId: sample.contoso.app.clientId,
        clientSecret: sampleCredentials.clientSecret,
        users: sampleCredentials.users,
        guest: sampleCredentials.guest,
      },
      azure: {
        storageConnectionString: storage.connectionString,
        keyVaultUrl: keyVault.url,
        entraUrl: entra.url,
        resourceManagerUrl: resourceManager.url,
      },
      ...(options.scimProfile && {
        scim: await openScimConnection(dataFolder, hosts.url, issued.owner, options.scimProfile),
      }),
      controlUrl: control.url,
      masterKey: hosts.primary.masterKey,
      authorityFile: context.certificates.authorityFile,
    };
    await writeDescription();
    return {
      description: () => description!,
      settings,
      resourceManager,
      journal: context.journal,
      settle: () => storage.settle(),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const workersOf = ({ primary, urls }: Workers) => ({ hostPid: primary.pid, workerUrls: urls });

type Roles = 'owner' | 'member' | 'viewer' | 'operator';
/** Long enough for tests that move the clock by months. */
const tokenLifetimeSeconds = 400 * 86_400;

async function tokens(entra: Awaited<ReturnType<typeof startEntra>>) {
  const { contoso, fabrikam } = sample;
  const callers = [
    ...contoso.users.map((user) => ({ ...user, name: user.role, tenantId: contoso.tenantId })),
    {
      ...fabrikam.user,
      name: 'ownerOfOtherTenant',
      role: 'owner',
      tenantId: fabrikam.tenantId,
    } as const,
  ];
  const issued = callers.map(async ({ name, tenantId, objectId, displayName, role }) => [
    name,
    await entra.issueApiToken({
      tenantId,
      objectId,
      displayName,
      roles: [`${role[0]!.toUpperCase()}${role.slice(1)}` as 'Owner'],
      lifetimeSeconds: tokenLifetimeSeconds,
    }),
  ]);
  return Object.fromEntries(await Promise.all(issued)) as StackDescription['tokens'];
}
