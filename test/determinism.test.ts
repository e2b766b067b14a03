/**
 * The linter forbids clocks, randomness and I/O in orchestrators. This test extends the rule to the
 * files they import: test/oxlint.jsonc must list each of them in its block on determinism.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { importsOf } from './support/imports';

const root = join(__dirname, '..');
const functions = join(root, 'functions');
const configuration = readFileSync(join(__dirname, 'oxlint.jsonc'), 'utf8');

const orchestratorFiles = readdirSync(functions, { recursive: true, encoding: 'utf8' })
  .filter((file) => /(-orchestrator|(^|\/)steps)\.ts$/.test(file))
  .map((file) => join(functions, file));

/** Files that run inside an orchestrator, because it imports them for more than their types. */
function importedFiles(): readonly string[] {
  const reached = new Set(orchestratorFiles);
  for (const file of reached)
    for (const { name, typeOnly } of importsOf(file)) {
      const imported = join(dirname(file), `${name}.ts`);
      if (!typeOnly && name.startsWith('.') && existsSync(imported)) reached.add(imported);
    }
  return [...reached]
    .filter((file) => !orchestratorFiles.includes(file))
    .map((file) => relative(root, file))
    .toSorted();
}

/** durable/ turns the time of the context into timers; an error reads no clock. */
const isExempt = (file: string) => /^functions\/(durable\/|errors\/app-error\.ts$)/.test(file);

describe('the determinism rule of the linter', () => {
  it('covers every orchestrator by the name of its file', () => {
    for (const pattern of ['**/*-orchestrator.ts', '**/steps.ts'])
      expect(configuration).toContain(`"${pattern}"`);
    expect(orchestratorFiles.length).toBeGreaterThan(8);
  });

  it.each(importedFiles().filter((file) => !isExempt(file)))('lists %s', (file) => {
    expect(configuration).toContain(`"**/${file}"`);
  });
});
