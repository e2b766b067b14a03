/**
 * Adapter of the Durable client. No other file calls getClient, so a change of the SDK stays in
 * this file.
 */
import type { InvocationContext } from '@azure/functions';
import { getClient, input, OrchestrationRuntimeStatus } from 'durable-functions';
import { within } from '../concurrency/within';
import { AppError, ConflictError } from '../errors/app-error';
import { toInstance } from './instance';
import { isActive, notRewindable, type InstanceStatus } from './instance-status';
import { durableUnavailable, readManagementUrl } from './management-request';
import type { DurableClient } from './ports';

const terminalStatuses = [
  OrchestrationRuntimeStatus.Completed,
  OrchestrationRuntimeStatus.Failed,
  OrchestrationRuntimeStatus.Terminated,
];

/** Binding of the Durable client. An endpoint or timer that controls orchestrations declares it. */
export const durableClientInput = input.durableClient();

/**
 * The SDK waits without a limit, and the extension as long as storage does. What is started after this
 * time is started under its id.
 */
const defaultTimeoutMs = 20_000;
/** A purge of many instances takes minutes. */
const maxPurgeMs = 240_000;

/** The client of an invocation. Throws ServiceUnavailableError if Durable fails. */
export function durableClientOf(
  context: InvocationContext,
  timeoutMs = defaultTimeoutMs,
): DurableClient {
  const client = getClient(context);
  const getStatus = async (instanceId: string) => {
    const instance = await client.getStatus(instanceId).catch((error: unknown) => {
      if (isInstanceNotFound(error)) return undefined;
      throw error;
    });
    return instance?.runtimeStatus as InstanceStatus | undefined;
  };
  const ifActive = (
    instanceId: string,
    call: () => Promise<void>,
    isReached: (status: InstanceStatus) => boolean = () => false,
  ) => changeIfActive(() => getStatus(instanceId), call, isReached);
  const bound =
    <A extends readonly unknown[], T>(method: (...input: A) => Promise<T>, ms = timeoutMs) =>
    (...input: A): Promise<T> =>
      within(ms, method(...input)).catch(throwUnavailable);
  return {
    start: bound(async (name: string, instanceId: string, input: unknown) => {
      if ((await getStatus(instanceId)) === undefined)
        await client.startNew(name, { instanceId, input }).catch(ignoreAlreadyStarted);
    }),
    // Durable replaces a terminal instance by a new one under the same id.
    restart: bound(async (name: string, instanceId: string, input: unknown) => {
      if (!isActive(await getStatus(instanceId)))
        await client.startNew(name, { instanceId, input }).catch(ignoreAlreadyStarted);
    }),
    getStatus: bound(getStatus),
    async getInstance(id) {
      // The library drops the history: it reads another member than the extension sends. The URL has
      // a key of the host, so it stays in this function.
      const { statusQueryGetUri } = client.createHttpManagementPayload(id);
      const response = await readManagementUrl(
        `${statusQueryGetUri}&showHistory=true&showHistoryOutput=true&showInput=true`,
      );
      return response === undefined ? undefined : toInstance(response);
    },
    raiseEvent: bound((id: string, event: string, data: unknown = null) =>
      ifActive(id, () => client.raiseEvent(id, event, data)),
    ),
    suspend: bound((id: string) =>
      ifActive(
        id,
        () => client.suspend(id, 'paused'),
        (status) => status === 'Suspended',
      ),
    ),
    resume: bound((id: string) =>
      ifActive(
        id,
        () => client.resume(id, 'resumed'),
        (status) => status !== 'Suspended',
      ),
    ),
    terminate: bound((id: string) => ifActive(id, () => client.terminate(id, 'terminated'))),
    rewind: bound(async (id: string) => {
      const status = await getStatus(id);
      if (status === 'Failed') await client.rewind(id, 'rewound').catch(throwIfNotRewindable);
      else throw notRewindable(status);
    }),
    purge: bound(async (id: string) => {
      if (isActive(await getStatus(id))) return false;
      await client.purgeInstanceHistory(id);
      return true;
    }),
    purgeHistory: bound(async (from: Date, to: Date) => {
      await client.purgeInstanceHistoryBy({
        createdTimeFrom: from,
        createdTimeTo: to,
        runtimeStatus: terminalStatuses,
      });
    }, maxPurgeMs),
  };
}

/** The SDK passes on errors of the extension as text, which may have a URL with a key of the host. */
function throwUnavailable(error: unknown): never {
  throw error instanceof AppError ? error : durableUnavailable(error);
}

/** An instance that changes its state more often than this during one call is not waited for. */
const maxTries = 3;

/**
 * Durable refuses to suspend what is suspended and to resume what is not, with an error that says
 * nothing else than other failures. So the status decides: a call whose instance changed meanwhile
 * is decided again, and an error while it stayed as it was is a failure.
 */
async function changeIfActive(
  getStatus: () => Promise<InstanceStatus | undefined>,
  call: () => Promise<void>,
  isReached: (status: InstanceStatus) => boolean,
): Promise<void> {
  let before = await getStatus();
  for (let tries = 1; before !== undefined && isActive(before) && !isReached(before); tries++) {
    try {
      return await call();
    } catch (error) {
      const after = await getStatus();
      if (after === before || tries === maxTries) throw error;
      before = after;
    }
  }
}

/** The SDK passes on the text of the extension; 501 has another text than 412. */
function throwIfNotRewindable(error: unknown): never {
  if (/not supported by the underlying storage provider/.test(String(error)))
    throw new ConflictError(
      'rewind_not_supported',
      'The Durable backend of this deployment cannot rewind. Restart the orchestration instead.',
      { cause: error },
    );
  if (/only orchestrations in the "Failed" state|only supported on failed/.test(String(error)))
    throw notRewindable(undefined);
  throw error;
}

/** A concurrent call was faster: Durable starts no second instance under an active id. */
function ignoreAlreadyStarted(error: unknown): void {
  if (!isAlreadyStarted(error)) throw error;
}

/** The SDK reports the status in the message only. */
export const isAlreadyStarted = (error: unknown): boolean =>
  String(error).includes('unexpected status code: 409');

/**
 * The SDK reports an unknown instance in the message only. The whole phrase is compared, because
 * ids and details of other errors may contain 404, and an instance that counts as unknown is
 * started again.
 */
export const isInstanceNotFound = (error: unknown): boolean =>
  String(error).includes('replied with HTTP 404 response');
