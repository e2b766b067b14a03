/** Public factories with independent counts, if they are beside the project. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const shared = join(__dirname, '../../../../shared/fixtures/adf');

export interface PublicFixture {
  readonly name: string;
  /** Folder that the emulator serves. */
  readonly folder: string;
  readonly counts: {
    readonly kinds: Readonly<Record<string, number>>;
    readonly activities: number;
    readonly activityTypes: Readonly<Record<string, number>>;
  };
}

/** Empty if the fixtures are not there. */
export function publicFixtures(): PublicFixture[] {
  if (!existsSync(shared)) return [];
  return readdirSync(shared)
    .map((name) => ({ name, folder: join(shared, name, 'factory-json') }))
    .filter(({ folder }) => existsSync(folder))
    .map((fixture) => ({
      ...fixture,
      counts: JSON.parse(readFileSync(join(shared, fixture.name, 'counts.json'), 'utf8')),
    }));
}
