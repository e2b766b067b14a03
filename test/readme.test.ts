/** The READMEs list every route and setting, and name only files that exist. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { settings } from '../functions/config';
import { endpoints } from '../functions/endpoints';

const root = join(__dirname, '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const readme = read('README.md');

describe('README.md', () => {
  it.each([...new Set(Object.values(endpoints).map(({ route }) => route.split('/')[0]!))])(
    'lists the routes below /%s',
    (first) => {
      expect(readme).toMatch(new RegExp(`\`[^\`]*/${first.replace('.', '\\.')}\\b`));
    },
  );

  it.each(Object.keys(settings.shape))('explains the setting %s', (setting) => {
    expect(readme).toMatch(new RegExp(`\`${setting}\``));
  });
});

/** A path in backticks with a folder and an extension, such as `http/problem.ts`. */
const namedFile = /`([a-z][\w.-]*(?:\/[\w.-]+)+\.(?:ts|mjs|jsonc?|bicep|md))`/g;

/** A relative link of Markdown, without its anchor. */
const link = /\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)/g;

/** A link to a heading, here or in another Markdown file. */
const headingLink = /\]\(((?!https?:)[^)#\s]*\.md)?#([^)]+)\)/g;

/** Anchors of headings as GitHub makes them. */
const anchorsOf = (text: string) =>
  Array.from(text.matchAll(/^#+ (.+)$/gm), ([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

describe.each([
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'functions/README.md',
  'infra/README.md',
  'test/README.md',
])('%s', (document) => {
  const folder = join(root, dirname(document));
  const isMissing = (path: string) => ![root, folder].some((base) => existsSync(join(base, path)));
  const matches = (pattern: RegExp) =>
    Array.from(read(document).matchAll(pattern), ([, it]) => it!);

  it('names only files that exist', () => {
    expect(matches(namedFile).filter(isMissing)).toEqual([]);
  });

  it('links only to files that exist', () => {
    expect(matches(link).filter((path) => !existsSync(join(folder, path)))).toEqual([]);
  });

  it('links only to headings that exist', () => {
    const links = Array.from(read(document).matchAll(headingLink));

    const broken = links.filter(([, file, anchor]) => {
      const target = file === undefined ? document : join(dirname(document), file);
      return !anchorsOf(read(target)).includes(anchor!);
    });

    expect(broken.map(([text]) => text)).toEqual([]);
  });
});
