/** Stands before every server that Azurite opens: notes each request, and lets faults happen to it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { Fault } from '../emulator/faults';
import type { NewJournalEntry } from '../emulator/journal';
import { bufferBody, isBatch, tablesOf } from './batch';
import { slowBody, sendFaultStatus, dropResponse, truncateResponse } from './fault-responses';

export interface RequestObserver {
  readonly draw: (method: string, path: string) => Fault | undefined;
  readonly record: (noted: NewJournalEntry) => void;
  /** Ends the Functions host. */
  readonly kill: () => void;
}

/** Azurite makes its servers itself, so it is handed watched ones. Must run before Azurite is loaded. */
export function observeServers(watch: RequestObserver): void {
  const { createServer } = https;
  const watched = (...given: Parameters<typeof createServer>) => {
    const server = createServer(...given);
    const emit = server.emit.bind(server) as (event: string, ...args: unknown[]) => boolean;
    server.emit = (event: string, ...args: unknown[]) => {
      if (event !== 'request') return emit(event, ...args);
      const [incoming, outgoing] = args as [IncomingMessage, ServerResponse];
      const { url = '/' } = incoming;
      const receiveAt = (path: string) =>
        observeRequest(watch, path, incoming, outgoing, () => emit(event, ...args));
      if (isBatch(url)) bufferBody(incoming, (body) => receiveAt(`${url} ${tablesOf(body)}`));
      else receiveAt(url);
      return true;
    };
    return server;
  };
  https.createServer = watched as typeof createServer;
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
  let noted = false;
  const note = (status: number) => {
    if (noted) return;
    noted = true;
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
  if (fault?.kind === 'kill-after') dropResponse(outgoing, kill);
  if (fault?.kind === 'truncate') truncateResponse(incoming, outgoing);
  if (fault?.kind === 'drip') slowBody(outgoing, fault.delayMs);
  // Noted before the last byte leaves: who has the answer finds its request in the journal.
  const end = outgoing.end.bind(outgoing) as (...given: unknown[]) => ServerResponse;
  const isSwallowed = fault?.kind === 'reset' || fault?.kind === 'kill-after';
  outgoing.end = (...given: unknown[]) => {
    note(isSwallowed ? 0 : outgoing.statusCode);
    return end(...given);
  };
  outgoing.once('close', () => note(0));

  if (fault?.kind === 'status') sendFaultStatus(fault, incoming, outgoing);
  else if (fault?.kind === 'delay') setTimeout(handle, fault.delayMs);
  else if (fault?.kind === 'kill') kill();
  else if (fault?.kind !== 'silence') handle();
}

/** A shared access signature is as good as a password. */
const withoutSignature = (url: string) => url.replace(/([?&]sig=)[^&]*/i, '$1redacted');
