/** Context of an emulator that a test starts alone: clock, journal, faults, certificates, data folder. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCertificates } from '../../infra/local/emulator/certificates';
import { createClock } from '../../infra/local/emulator/clock';
import { createFaults } from '../../infra/local/emulator/faults';
import { createJournal } from '../../infra/local/emulator/journal';
import type { EmulatorContext } from '../../infra/local/emulator/server';

export interface TestEmulatorContext extends EmulatorContext {
  /** Removes the data folder. */
  remove(): Promise<void>;
}

/** Holds the authority that test/run.mjs made this process trust. */
export const certificatesFolder = join(__dirname, '../../dist/test');

export async function testEmulatorContext(): Promise<TestEmulatorContext> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'adf-connect-'));
  return {
    clock: createClock(),
    journal: createJournal(),
    faults: createFaults(),
    certificates: await ensureCertificates(certificatesFolder),
    dataFolder,
    remove: () => rm(dataFolder, { recursive: true, force: true }),
  };
}
