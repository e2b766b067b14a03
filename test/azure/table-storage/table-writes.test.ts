/** Conditional writes go through one mechanism, which settles those that the SDK repeats. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const functions = join(__dirname, '../../../functions');
const mechanism = 'azure/table-storage/conditional-write.ts';

it.each(['createEntity', 'updateEntity', 'deleteEntity', 'submitTransaction'])(
  '%s is called in the module of conditional writes only',
  (method) => {
    const callers = readdirSync(functions, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .filter((file) => readFileSync(join(functions, file), 'utf8').includes(method));

    expect(callers).toEqual([mechanism]);
  },
);
