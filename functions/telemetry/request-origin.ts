/** Which request the running code belongs to, for records of what a person did. */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface RequestOrigin {
  readonly requestId: string;
  /** Address of the client. Absent if the platform gave none. */
  readonly ip?: string;
}

const origins = new AsyncLocalStorage<RequestOrigin>();

/** Work that `work` starts and does not wait for keeps the origin. */
export const withRequestOrigin = <T>(origin: RequestOrigin, work: () => T): T =>
  origins.run(origin, work);

/** Undefined outside of a request, such as in a timer or step. */
export const requestOrigin = (): RequestOrigin | undefined => origins.getStore();
