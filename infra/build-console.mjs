/**
 * Builds the console into dist/console: assets with hashes in their names, compressed with Brotli,
 * and entry.json, which names the files of the first page.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { build } from 'esbuild';

const outdir = 'dist/console/assets';
/** One less than the best, which takes several times as long. */
const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } };

const web = (root) => ({
  absWorkingDir: root,
  entryPoints: { main: 'functions/console/web/main.tsx' },
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'browser',
  target: ['es2022'],
  jsx: 'automatic',
  minify: true,
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  assetNames: '[name]-[hash]',
  publicPath: '/api/console/assets',
  define: { 'process.env.NODE_ENV': '"production"' },
  legalComments: 'none',
  metafile: true,
  write: false,
  logLevel: 'warning',
});

/** Returns the sizes over the wire: of the first page, and of what each other page adds. */
export async function buildConsole(root) {
  const { outputFiles, metafile } = await build(web(root));
  const folder = join(root, outdir);
  await mkdir(folder, { recursive: true });
  const names = outputFiles.map(({ path }) => nameOf(path));
  // A name has a hash of its content, so a file that exists is the same.
  const existing = new Set(await readdir(folder));
  await Promise.all(
    outputFiles.map(async ({ path, contents }) => {
      const name = nameOf(path);
      if (existing.has(`${name}.br`)) return;
      await writeFile(
        join(folder, `${name}.br`),
        await promisify(brotliCompress)(contents, quality),
      );
    }),
  );
  const current = new Set(names.map((name) => `${name}.br`));
  await Promise.all(
    [...existing].filter((name) => !current.has(name)).map((name) => rm(join(folder, name))),
  );
  const entry = entryOf(metafile);
  await writeFile(join(root, 'dist/console/entry.json'), JSON.stringify(entry));
  return { entry, metafile };
}

const nameOf = (path) => path.split(/[\\/]/).at(-1);

function entryOf({ outputs }) {
  const [path, { cssBundle }] = Object.entries(outputs).find(([, { entryPoint }]) =>
    entryPoint?.endsWith('/main.tsx'),
  );
  return {
    script: nameOf(path),
    styles: cssBundle ? [nameOf(cssBundle)] : [],
    preloads: [...staticImports(outputs, path)].map(nameOf),
  };
}

/** Scripts that a script imports, also through others, without those that are loaded on demand. */
function staticImports(outputs, path, found = new Set()) {
  for (const { path: imported, kind } of outputs[path].imports)
    if (kind === 'import-statement' && !found.has(imported)) {
      found.add(imported);
      staticImports(outputs, imported, found);
    }
  return found;
}

/** Sizes in KB of what a browser loads, in brotli. */
export async function consoleSizes(root, { entry, metafile: { outputs } }) {
  const folder = join(root, outdir);
  const sizeOf = async (names) => {
    const sizes = await Promise.all(
      names.map(async (name) => (await readFile(join(folder, `${name}.br`))).length),
    );
    return Math.round(sizes.reduce((sum, size) => sum + size, 0) / 1_000);
  };
  const first = new Set([entry.script, ...entry.styles, ...entry.preloads]);
  const pages = Object.entries(outputs).filter(([path, { entryPoint }]) =>
    /\/pages\/.+-page\.tsx$/.test(entryPoint ?? path),
  );
  const later = await Promise.all(
    pages.map(async ([path, { entryPoint }]) => {
      const names = [path, ...staticImports(outputs, path)].map(nameOf);
      return [nameOf(entryPoint), await sizeOf(names.filter((name) => !first.has(name)))];
    }),
  );
  return { first: await sizeOf([...first]), later };
}
