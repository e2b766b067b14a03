/** The README is the first page of a frontend developer and of an operator: it may forget nothing. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { settings } from '../functions/config';
import { endpoints } from '../functions/endpoints';

const readme = readFileSync(join(__dirname, '../README.md'), 'utf8');

test.each([...new Set(Object.values(endpoints).map(({ route }) => route.split('/')[0]!))])(
  'given the routes below /%s, when the README is read, then its table has them',
  (first) => {
    expect(readme).toMatch(new RegExp(`\`[^\`]*/${first.replace('.', '\\.')}\\b`));
  },
);

test.each(Object.keys(settings.shape))(
  'given the setting %s, when the README is read, then its table explains it',
  (setting) => {
    expect(readme).toMatch(new RegExp(`\`${setting}\``));
  },
);
