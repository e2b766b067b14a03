/**
 * Fills dist/package, the folder that is deployed, and zips it as dist/adf-connect.zip. The same
 * sources give the same bytes.
 */
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decode, encode } from '@jridgewell/sourcemap-codec';
import { zipSync } from 'fflate';
import { consoleSizes } from './build-console.mjs';

/** Kilobytes. A cold start downloads the package; a page is what a person waits for. */
const limits = { package: 2_000, firstPage: 270, laterPage: 150 };

/** `builtConsole` is what buildConsole() returned. `strict` fails if something is too large. */
export async function makePackage(root, builtConsole, strict) {
  const folder = join(root, 'dist/package');
  await fill(root, folder);
  const zip = await zipped(folder);
  await writeFile(join(root, 'dist/adf-connect.zip'), zip);
  const { first, later } = await consoleSizes(root, builtConsole);
  const sizes = [
    ['package', Math.ceil(zip.length / 1_000), limits.package],
    ['console, first page', first, limits.firstPage],
    ...later.map(([page, size]) => [`console, ${pageName(page)} adds`, size, limits.laterPage]),
  ];
  for (const [what, size, limit] of sizes) {
    const line = `${what.padEnd(34)}${String(size).padStart(5)} KB, at most ${limit} KB`;
    if (size <= limit) console.log(line);
    else {
      console.error(`${line}: too large`);
      if (strict) process.exitCode = 1;
    }
  }
  console.log(`SHA-256 of dist/adf-connect.zip: ${createHash('sha256').update(zip).digest('hex')}`);
}

const pageName = (file) => file.replace('-page.tsx', '');

/** The package.json of the folder names the entry only: all code is in the bundle. */
async function fill(root, folder) {
  const { name, version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const entry = { name, version, main: 'main.js' };
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(entry, null, 2)}\n`);
  await cp(join(root, 'host.json'), join(folder, 'host.json'));
  await cp(join(root, 'dist/main.js'), join(folder, 'main.js'));
  await cp(join(root, 'dist/console'), join(folder, 'console'), { recursive: true });
  const map = JSON.parse(await readFile(join(root, 'dist/main.js.map'), 'utf8'));
  await writeFile(join(folder, 'main.js.map'), JSON.stringify(ownSources(map)));
}

/** The source map by lines and without the packages: a stack trace needs no more, and it is a tenth. */
function ownSources({ sources, mappings, ...map }) {
  // Some packages have source maps of their own, with sources outside of node_modules.
  const own = sources.map((source) => /^(?:\.\.\/)?functions\//.test(source));
  const byLines = decode(mappings).map((line) =>
    line
      .map(([column, source, sourceLine]) =>
        own[source] ? [column, source, sourceLine, 0] : [column],
      )
      .filter((segment, index, all) => !isSameLine(segment, all[index - 1])),
  );
  return {
    ...map,
    names: [],
    sources: sources.map((source, index) => (own[index] ? source : '')),
    mappings: encode(byLines),
  };
}

const isSameLine = ([, source, line], before) =>
  before !== undefined && before[1] === source && before[2] === line;

/** Equal for equal files: sorted, and dated 1980, the first year of the format, in any time zone. */
async function zipped(folder) {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
  const files = {};
  for (const path of paths)
    files[path.replaceAll('\\', '/')] = new Uint8Array(await readFile(join(folder, path)));
  return zipSync(files, { level: 9, mtime: new Date(1980, 0, 1) });
}
