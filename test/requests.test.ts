/** The stories under test/requests are to be run by hand; none may lack an endpoint that a person can call. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { endpoints } from '../functions/endpoints';

const folder = join(__dirname, 'requests');
const asked = readdirSync(folder).flatMap((file) =>
  Array.from(
    readFileSync(join(folder, file), 'utf8').matchAll(/^([A-Z]+) \{\{base\}\}\/([^\s?]*)/gm),
    ([, method, path]) => `${method} ${path}`,
  ),
);
/** Where only browsers go, led there by an answer. */
const browsersOnly = /^oauth\//;

test.each(Object.entries(endpoints).filter(([, { route }]) => !browsersOnly.test(route)))(
  'given the endpoint %s, when the stories are read, then one of them asks it',
  (_, endpoint) => {
    const path = endpoint.route.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+');

    const found = asked.some((line) => new RegExp(`^${endpoint.method} ${path}$`).test(line));

    expect(found).toBe(true);
  },
);
