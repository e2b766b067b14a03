/** Observes every HTTPS server that Azurite creates: records each request and applies faults. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { Fault } from '../emulator/faults';
import type { NewJournalEntry } from '../emulator/journal';
import { bufferBody, isBatch, tablesOf } from './batch';
import { slowBody, sendFaultStatus, dropResponse, truncateResponse } from './fault-responses';

export interface RequestObserver {
  readonly draw: (method: string, path: string) => Fault | undefined;
  readonly record: (entry: NewJournalEntry) => void;
  /** Kills a worker of the Functions host. */
  readonly kill: (worker: number) => void;
}

/**
 * Replaces `https.createServer`, because Azurite creates its servers itself. Call it before loading
 * Azurite.
 */
export function observeServers(observer: RequestObserver): void {
  const { createServer } = https;
  const createObservedServer = (...options: Parameters<typeof createServer>) => {
    const server = createServer(...options);
    const emit = server.emit.bind(server) as (event: string, ...args: unknown[]) => boolean;
    server.emit = (event: string, ...args: unknown[]) => {
      if (event !== 'request') return emit(event, ...args);
      const [incoming, outgoing] = args as [IncomingMessage, ServerResponse];
      const { url = '/' } = incoming;
      const receiveAt = (path: string) =>
        observeRequest(observer, path, incoming, outgoing, () => emit(event, ...args));
      if (isBatch(url)) bufferBody(incoming, (body) => receiveAt(`${url} ${tablesOf(body)}`));
      else receiveAt(url);
      return true;
    };
    return server;
  };
  https.createServer = createObservedServer as typeof createServer;
}

function observeRequest(
  { draw, record, kill }: RequestObserver,
  path: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  handle: () => void,
): void {
  const { method = 'GET' } = incoming;
  const started = performance.now();
  const fault = draw(method, path);
  let isRecorded = false;
  const recordOnce = (status: number) => {
    if (isRecorded) return;
    isRecorded = true;
    record({
      at: new Date().toISOString(),
      service: 'storage',
      method,
      path: withoutSignature(path).trimEnd(),
      status,
      durationMs: Math.round(performance.now() - started),
      ...(fault && { fault: fault.kind }),
    });
  };

  if (fault?.kind === 'reset') dropResponse(outgoing, () => incoming.socket.destroy());
  if (fault?.kind === 'kill-after') dropResponse(outgoing, () => kill(fault.worker));
  if (fault?.kind === 'truncate') truncateResponse(incoming, outgoing);
  if (fault?.kind === 'slow-body') slowBody(outgoing, fault.delayMs);
  // Record before the last byte is sent: a client with a response finds its request in the journal.
  const end = outgoing.end.bind(outgoing) as (...args: unknown[]) => ServerResponse;
  const isDropped = fault?.kind === 'reset' || fault?.kind === 'kill-after';
  outgoing.end = (...args: unknown[]) => {
    recordOnce(isDropped ? 0 : outgoing.statusCode);
    return end(...args);
  };
  outgoing.once('close', () => recordOnce(0));

  if (fault?.kind === 'status') sendFaultStatus(fault, incoming, outgoing);
  else if (fault?.kind === 'delay') setTimeout(handle, fault.delayMs);
  else if (fault?.kind === 'kill') kill(fault.worker);
  else if (fault?.kind !== 'no-response') handle();
}

/** A shared access signature is a credential. */
const withoutSignature = (url: string) => url.replace(/([?&]sig=)[^&]*/i, '$1redacted');
