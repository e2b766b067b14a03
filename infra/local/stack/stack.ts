/** Everything the product needs, on one machine: started in order, found through settings, stopped in order. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { ensureCertificates } from '../emulator/certificates';
import { createClock } from '../emulator/clock';
import { startControlServer } from '../control/control-server';
import { openDataFolder, resolveFactoryFolders, writeJson } from './data-folder';
import { startEntra } from '../entra/entra';
import { createFaults } from '../emulator/faults';
import { startHost, type HostProcess, type HostReady } from './host-process';
import { createJournal, type Journal } from '../emulator/journal';
import { startKeyVault } from '../key-vault/key-vault';
import { projectRoot } from '../emulator/project-root';
import { startResourceManager, type ResourceManager } from '../resource-manager/resource-manager';
import { sample } from '../seed/sample';
import { productSettings } from './settings';
import type { EmulatorContext } from '../emulator/server';
import { startStorage } from '../storage/storage';
import { declaredTables } from '../storage/table-names';
import { createControlRoutes } from '../control/control-routes';

export interface StackOptions {
  readonly dataFolder: string;
  /** The first port to try. */
  readonly port: number;
  /** Folders of factories; the sample factories when there is none. */
  readonly factories: readonly string[];
  /** Of every answer of Resource Manager. */
  readonly latencyMs: number;
  /** Forget everything from before. */
  readonly fresh: boolean;
  /** Debugger port of the Functions host. */
  readonly inspectPort?: number;
  /** The folder with host.json and the bundle that package.json names; the project itself by default. */
  readonly scriptRoot?: string;
  /** Storage keeps everything in memory and nothing on disk. */
  readonly inMemory?: boolean;
  readonly log: (line: string) => void;
  /** The stack cannot go on, or was asked over the control URL to stop. */
  readonly onEnd: (reason?: Error) => void;
}

/** What `stack.json` says. */
export interface StackDescription {
  readonly baseUrl: string;
  readonly pid: number;
  readonly hostPid: number;
  readonly tokens: Readonly<Record<'owner' | 'member' | 'viewer' | 'operator', string>>;
  readonly sample: {
    readonly tenantId: string;
    readonly clientId: string;
    readonly clientSecret: string;
    readonly users: readonly { username: string; password: string; objectId: string }[];
  };
  readonly azure: {
    readonly storageConnectionString: string;
    readonly keyVaultUrl: string;
    readonly entraUrl: string;
    readonly resourceManagerUrl: string;
  };
  readonly controlUrl: string;
  /** Key of the host's own administration (`POST /admin/functions/{name}` fires a timer). */
  readonly masterKey: string;
  /** Certificate authority to trust when talking to the stand-ins. */
  readonly authorityFile: string;
}

export interface Stack {
  description(): StackDescription;
  /** The settings the product runs with. */
  readonly settings: Readonly<Record<string, string>>;
  readonly resourceManager: ResourceManager;
  readonly journal: Journal;
  /** Resolves when the journal holds all that was answered. */
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
  /** Stopped from the last to the first: storage holds what the others write on their way out. */
  const started: { stop(): Promise<void> }[] = [];
  const keep = <T extends { stop(): Promise<void> }>(part: T): T => {
    started.push(part);
    return part;
  };
  const stop = async () => {
    for (const part of started.splice(0).reverse()) await part.stop();
  };

  try {
    const storage = keep(
      await startStorage(context, {
        onFailure: options.onEnd,
        inMemory: options.inMemory ?? false,
      }),
    );
    const entra = keep(await startEntra(context));
    const [keyVault, resourceManager] = await Promise.all([
      startKeyVault(context, {
        verify: entra.verify,
        entraUrl: entra.url,
        tenantId: sample.home.tenantId,
      }).then(keep),
      startResourceManager(context, {
        verify: entra.verify,
        factories: await resolveFactoryFolders(dataFolder, options.factories),
        sampleFactories: join(root, 'infra/local/seed/factories'),
        latencyMs: options.latencyMs,
      }).then(keep),
      declaredTables(root).then((names) => storage.ensureTables(names)),
    ]);
    const sampleCredentials = entra.registry.sample();
    await keyVault.seed('app-oauth-client', sampleCredentials.oauthClientSecret);
    // Random like the secret it is made from, and the same after a restart.
    const cursorKey = createHash('sha256').update(`cursors ${sampleCredentials.oauthClientSecret}`);
    await keyVault.seed('app-cursor-key', cursorKey.digest('base64url'));

    const settings = productSettings(
      [storage.env, entra.env, keyVault.env, resourceManager.env],
      context.certificates,
    );
    let host: HostReady;
    let described: StackDescription | undefined;
    const describe = async () => {
      if (described)
        await writeJson(
          join(dataFolder, 'stack.json'),
          (described = { ...described, hostPid: host.pid }),
        );
    };
    const hostProcess: HostProcess = keep(
      await startHost({
        program: join(root, 'dist/local/host.js'),
        root: options.scriptRoot ?? root,
        port: options.port,
        dataFolder,
        env: settings,
        ...(options.inspectPort !== undefined && { inspectPort: options.inspectPort }),
        log,
        offsetMs: () => context.clock.offsetMs,
        onReady: (ready) => {
          host = ready;
          void describe();
        },
        onFailure: options.onEnd,
      }),
    );
    context.clock.onShift((offsetMs) => hostProcess.shiftTo(offsetMs));
    context.faults.onKill(() => hostProcess.kill());
    const control = keep(
      await startControlServer(
        createControlRoutes({
          context: context,
          entra,
          resourceManager,
          restartHost: () => hostProcess.restart(),
          restartStorage: () => storage.restart(),
          stop: () => options.onEnd(),
        }),
        () => storage.settle(),
      ),
    );
    described = {
      baseUrl: host!.url,
      pid: process.pid,
      hostPid: host!.pid,
      tokens: await tokens(entra),
      sample: {
        tenantId: sample.contoso.tenantId,
        clientId: sample.contoso.app.clientId,
        clientSecret: sampleCredentials.clientSecret,
        users: sampleCredentials.users,
      },
      azure: {
        storageConnectionString: storage.connectionString,
        keyVaultUrl: keyVault.url,
        entraUrl: entra.url,
        resourceManagerUrl: resourceManager.url,
      },
      controlUrl: control.url,
      masterKey: host!.masterKey,
      authorityFile: context.certificates.authorityFile,
    };
    await describe();
    return {
      description: () => described!,
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

type Roles = 'owner' | 'member' | 'viewer' | 'operator';
/** Long enough for trials that move the clock by months. */
const tokenLifetimeSeconds = 400 * 86_400;

async function tokens(entra: Awaited<ReturnType<typeof startEntra>>) {
  const issued = sample.contoso.users.map(async ({ objectId, displayName, role }) => [
    role,
    await entra.issueApiToken({
      tenantId: sample.contoso.tenantId,
      objectId,
      displayName,
      roles: [`${role[0]!.toUpperCase()}${role.slice(1)}` as 'Owner'],
      lifetimeSeconds: tokenLifetimeSeconds,
    }),
  ]);
  return Object.fromEntries(await Promise.all(issued)) as Record<Roles, string>;
}
