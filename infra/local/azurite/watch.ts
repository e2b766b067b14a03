/** Stands before every server that Azurite opens: notes each request, and lets faults happen to it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { Fault } from '../faults';
import type { Noted } from '../journal';
import { bodyOf, isBatch, tablesOf } from './batch';
import { loseAnswer, refuse, truncateAnswer } from './fault-answers';

export interface Watch {
  readonly draw: (method: string, path: string) => Fault | undefined;
  readonly record: (noted: Noted) => void;
}

/** Azurite makes its servers itself, so it is handed watched ones. Must run before Azurite is loaded. */
export function watchServers(watch: Watch): void {
  const { createServer } = https;
  const watched = (...given: Parameters<typeof createServer>) => {
    const server = createServer(...given);
    const emit = server.emit.bind(server) as (event: string, ...args: unknown[]) => boolean;
    server.emit = (event: string, ...args: unknown[]) => {
      if (event !== 'request') return emit(event, ...args);
      const [incoming, outgoing] = args as [IncomingMessage, ServerResponse];
      receive(watch, incoming, outgoing, () => emit(event, ...args));
      return true;
    };
    return server;
  };
  https.createServer = watched as typeof createServer;
}

function receive(
  { draw, record }: Watch,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  handle: () => void,
): void {
  const { method = 'GET', url = '/' } = incoming;
  const started = performance.now();
  const batch = isBatch(url) ? bodyOf(incoming) : undefined;
  let noted = false;
  const note = (status: number) => {
    if (noted) return;
    noted = true;
    const tables = batch ? ` ${tablesOf(batch())}` : '';
    record({
      at: new Date().toISOString(),
      service: 'storage',
      method,
      path: `${withoutSignature(url)}${tables}`.trimEnd(),
      status,
      ms: Math.round(performance.now() - started),
    });
  };

  const fault = draw(method, url);
  if (fault?.kind === 'reset') loseAnswer(incoming, outgoing);
  if (fault?.kind === 'truncate') truncateAnswer(incoming, outgoing);
  // Noted before the last byte leaves: who has the answer finds its request in the journal.
  const end = outgoing.end.bind(outgoing) as (...given: unknown[]) => ServerResponse;
  outgoing.end = (...given: unknown[]) => {
    note(fault?.kind === 'reset' ? 0 : outgoing.statusCode);
    return end(...given);
  };
  outgoing.once('close', () => note(0));

  if (fault?.kind === 'status') refuse(fault, incoming, outgoing);
  else if (fault?.kind === 'delay') setTimeout(handle, fault.delayMs);
  else handle();
}

/** A shared access signature is as good as a password. */
const withoutSignature = (url: string) => url.replace(/([?&]sig=)[^&]*/i, '$1redacted');
