/** The stories in test/requests are run by hand. Together they call every endpoint that a person can call. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { endpoints } from '../functions/endpoints';

const folder = join(__dirname, 'requests');
const calls = readdirSync(folder).flatMap((file) =>
  Array.from(
    readFileSync(join(folder, file), 'utf8').matchAll(/^([A-Z]+) \{\{base\}\}\/([^\s?]*)/gm),
    ([, method, path]) => `${method} ${path}`,
  ),
);
/** Only browsers call these, after a redirect. */
const browserOnly = /^oauth\//;

describe('the stories', () => {
  it.each(Object.entries(endpoints).filter(([, { route }]) => !browserOnly.test(route)))(
    'call %s',
    (_, endpoint) => {
      const path = endpoint.route.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+');

      const isCalled = calls.some((line) => new RegExp(`^${endpoint.method} ${path}$`).test(line));

      expect(isCalled).toBe(true);
    },
  );
});
