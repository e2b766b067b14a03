/** Writes go through one mechanism, which settles or repeats those whose outcome is not clear. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const functions = join(__dirname, '../../../functions');
const conditional = 'azure/table-storage/conditional-write.ts';
const unconditional = 'azure/table-storage/unconditional-write.ts';
const combined = 'azure/table-storage/combined-transactions.ts';

it.each([
  ['createEntity', [conditional, unconditional]],
  ['updateEntity', [conditional]],
  ['deleteEntity', [conditional]],
  ['submitTransaction', [combined, conditional, unconditional]],
])('%s is called in the modules of writes only', (method, modules) => {
  const callers = readdirSync(functions, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .filter((file) => readFileSync(join(functions, file), 'utf8').includes(method));

  expect(callers.toSorted()).toEqual(modules);
});
