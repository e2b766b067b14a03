/**
 * The process in which Azurite runs: its command-line program as published, with the stack's clock, journal and
 * faults around it. Ends when the stack does, and writes everything to disk before.
 */
import { createFaults } from '../emulator/faults';
import { shiftProcessClock } from '../emulator/clock';
import type { NewJournalEntry } from '../emulator/journal';
import type { FromAzurite, ToAzurite } from './messages';
import { observeServers } from './request-observer';

/** Reported in bundles, so that noting a request costs next to nothing. */
const reportIntervalMs = 5;

// What Azurite writes is for its owner only.
process.umask(0o077);
const shiftTo = shiftProcessClock();
const faults = createFaults();
let noted: NewJournalEntry[] = [];
let reporting: NodeJS.Timeout | undefined;

faults.onKill(() => send({ type: 'kill' }));
observeServers({
  kill: () => faults.kill(),
  draw(method, path) {
    const hit = faults.draw('storage', method, path);
    if (hit && !faults.list().includes(hit)) send({ type: 'spent', id: hit.id });
    return hit;
  },
  record(entry) {
    noted.push(entry);
    reporting ??= setTimeout(reportRequests, reportIntervalMs);
  },
});

function reportRequests() {
  clearTimeout(reporting);
  reporting = undefined;
  if (noted.length > 0) send({ type: 'requests', noted });
  noted = [];
}

function send(message: FromAzurite) {
  // A stack that was just killed hears nothing any more; that must not keep what it wrote from being saved.
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
// The channel alone keeps nobody alive: when Azurite has closed its servers, the process ends.
process.channel?.unref();
// When the stack was killed, nobody reads on; what is still printed must not stop the closing.
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
    // Azurite listens once it is up; before that there is nothing to save.
    if (process.listenerCount(signal) === 1) process.exit();
    // Azurite fails when it is asked to close a second time.
    process.removeAllListeners(other).on(other, () => {});
  });

require('azurite/dist/src/azurite.js');
