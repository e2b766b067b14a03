/**
 * Entry of the Azurite process: the published command-line program with the clock, journal and
 * faults of the stack. Ends together with the stack, after everything is on disk.
 */
import { createFaults } from '../emulator/faults';
import { shiftProcessClock } from '../emulator/clock';
import type { NewJournalEntry } from '../emulator/journal';
import type { FromAzurite, ToAzurite } from './messages';
import { observeServers } from './request-observer';

/** Requests are reported in batches, so that recording one costs little. */
const reportIntervalMs = 5;

// Files of Azurite are readable by their owner only.
process.umask(0o077);
const shiftTo = shiftProcessClock();
const faults = createFaults();
let entries: NewJournalEntry[] = [];
let reportTimer: NodeJS.Timeout | undefined;

faults.onKill((worker) => send({ type: 'kill', worker }));
observeServers({
  kill: (worker) => faults.kill(worker),
  draw(method, path) {
    const hit = faults.draw('storage', method, path);
    if (hit && !faults.list().includes(hit)) send({ type: 'fault-used-up', id: hit.id });
    return hit;
  },
  record(entry) {
    entries.push(entry);
    reportTimer ??= setTimeout(reportRequests, reportIntervalMs);
  },
});

function reportRequests() {
  clearTimeout(reportTimer);
  reportTimer = undefined;
  if (entries.length > 0) send({ type: 'requests', entries });
  entries = [];
}

function send(message: FromAzurite) {
  // The stack may have been killed. A send error must not prevent Azurite from saving its data.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

process.on('message', (message: ToAzurite) => {
  if (message.type === 'clock') shiftTo(message.offsetMs);
  if (message.type === 'faults') faults.syncFrom(message.faults);
  if (message.type === 'settle') {
    reportRequests();
    send({ type: 'settled', id: message.id });
  }
  if (message.type === 'stop') close();
});
process.on('disconnect', close);
// The channel alone must not keep the process alive after Azurite has closed its servers.
process.channel?.unref();
// If the stack was killed, its pipe is closed; output must not interrupt closing.
process.stdout.on('error', () => {});

let closing = false;
function close() {
  if (!closing) process.emit('SIGTERM', 'SIGTERM');
}
for (const [signal, other] of [
  ['SIGTERM', 'SIGINT'],
  ['SIGINT', 'SIGTERM'],
] as const)
  process.on(signal, () => {
    if (closing) return;
    closing = true;
    // Azurite adds its own listener when it is up; before that there is nothing to save.
    if (process.listenerCount(signal) === 1) process.exit();
    // Azurite fails if it is closed twice.
    process.removeAllListeners(other).on(other, () => {});
  });

require('azurite/dist/src/azurite.js');
