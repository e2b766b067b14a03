/**
 * Who may import what, as data. The reasons are in functions/README.md. Imports are read by a parser, because a
 * bundler forgets those that carry types only.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cyclesIn } from './support/cycles';
import { importsOf, readsEnvironment, type Import } from './support/imports';

const root = join(__dirname, '..');

/** What a module may import besides itself. A module is the first folder below functions/. */
// prettier-ignore
const sharedModules: Record<string, string> = {
  telemetry:      '',
  errors:         'telemetry',
  secrets:        'errors concurrency',
  storage:        'errors',
  concurrency:    '',
  'data-factory': 'storage',
  durable:        'errors secrets storage concurrency data-factory telemetry',
  http:           'errors secrets storage concurrency data-factory telemetry, type durable',
};

/** Feature modules and the feature modules they may import. All of them may import the shared modules. */
// prettier-ignore
const featureModules: Record<string, string> = {
  events:        '',
  connectors:    'events',
  credentials:   'events connectors',
  oauth:         'events connectors credentials',
  webhooks:      'events',
  catalog:       'connectors',
  'run-history': 'connectors catalog',
  sync:          'events connectors catalog run-history',
  console:       '',
  scim:          '',
  audit:         'events',
  access:        'events audit',
  provisioning:  'events scim audit access',
  agents:        'events connectors catalog run-history sync lineage access',
  ops:           'events connectors sync access provisioning',
  lineage:       'connectors catalog run-history',
  search:        'connectors catalog lineage',
  openlineage:   'events connectors catalog run-history lineage webhooks',
  retention:     'events connectors credentials oauth webhooks catalog run-history sync audit',
};

/** Kind of a file by its path without extension; the first match decides. */
// prettier-ignore
const kinds = {
  web:          /^functions\/console\/web\//,
  root:         /^functions\/(index|services|endpoints)$/,
  config:       /^functions\/config$/,
  adapter:      /^functions\/azure\//,
  handler:      /^functions\/.+\.(http|timer|durable|task)$/,
  composition:  /^functions\/[\w-]+\/services$/,
  span:         /^functions\/telemetry\/(request-)?span(-export)?$/,
  port:         /^functions\/[\w-]+\/ports$/,
  durable:      /^functions\/durable\/(step|observed-step|timers|polling|registration|durable-client)$/,
  http:         /^functions\/http\/(?!caller$)/,
  service:      /^functions\/[\w-]+\/.*[\w-]+-service$/,
  sender:       /^functions\/[\w-]+\/[\w-]+-sender$/,
  orchestrator: /^functions\/[\w-]+\/(.+\/)?(steps|[\w-]+-orchestrator)$/,
  domain:       /^functions\/[\w-]+\//,
  local:        /^infra\/local\//,
};
type Kind = keyof typeof kinds;

/** `type x` allows `import type` only, which leaves nothing in the bundle. Node.js modules are open to all but orchestrators. */
// prettier-ignore
const rules: Record<Kind, { readonly files: string; readonly packages: string }> = {
  /** The web app knows the product by the types of its endpoints, and is bundled apart. */
  web:          { files: 'web, type root',
                  packages: '@dagrejs/dagre, @mantine/charts, @mantine/core, @mantine/hooks, @mantine/notifications, ' +
                            '@tanstack/react-query, @xyflow/react, cron-parser, lucide-react, oidc-client-ts, react, react-dom, ' +
                            'react-router, type zod' },
  root:         { files: '*', packages: '*' },
  config:       { files: 'domain', packages: 'zod' },
  adapter:      { files: 'adapter, domain, span, type port, type config',
                  packages: '@azure/arm-datafactory, @azure/core-rest-pipeline, @azure/data-tables, @azure/keyvault-secrets, ' +
                            '@azure/msal-node, @azure/storage-queue, type @azure/identity, zod' },
  handler:      { files: 'domain, handler, orchestrator, http, durable, span, type service, type port, type composition',
                  packages: '@azure/functions, durable-functions, zod' },
  composition:  { files: 'service, domain, http, type port, type composition, type durable', packages: 'type @azure/functions' },
  span:         { files: 'span',
                  packages: '@opentelemetry/api, @opentelemetry/context-async-hooks, ' +
                            '@opentelemetry/exporter-trace-otlp-http, @opentelemetry/resources, @opentelemetry/sdk-trace-base' },
  port:         { files: 'type domain, type port', packages: '' },
  service:      { files: 'service, domain, type port', packages: '' },
  /** Sends requests to addresses that customers name. The root constructs it. */
  sender:       { files: 'domain, type port', packages: '' },
  /** Pure functions are deterministic, so an orchestrator may import them. */
  orchestrator: { files: 'orchestrator, durable, domain', packages: 'durable-functions' },
  durable:      { files: 'durable, domain, span, type port, type composition', packages: '@azure/functions, durable-functions, zod' },
  http:         { files: 'http, domain, span, type port, type composition', packages: '@azure/functions, jose, zod' },
  domain:       { files: 'domain, type port', packages: '@modelcontextprotocol/sdk, cron-parser, ipaddr.js, lru-cache, minisearch, node-sql-parser, p-limit, p-map, standardwebhooks, zod' },
  local:        { files: 'local', packages: '*' },
};

const sources = ['functions', 'infra/local'].flatMap((folder) =>
  filesBelow(folder)
    .filter((file) => /(?<!\.d)\.tsx?$/.test(file))
    .map((file) => file.replace(/\.tsx?$/, '')),
);
const product = sources.filter((file) => file.startsWith('functions/'));
function pathOf(file: string): string {
  const path = join(root, `${file}.ts`);
  return existsSync(path) ? path : `${path}x`;
}

describe('imports', () => {
  it.each(sources)('of %s are allowed to its kind and module', (file) => {
    expect(importsOf(pathOf(file)).flatMap((imported) => violation(file, imported) ?? [])).toEqual(
      [],
    );
  });

  it('form no cycle of files', () => {
    const graph = new Map(sources.map((file) => [file, relativeImportsOf(file)]));

    expect(cyclesIn(graph)).toEqual([]);
  });

  it('name kind, module and alternatives when refused', () => {
    const imported = { name: '../azure/table-storage/table-client', typeOnly: false };

    expect(violation('functions/sync/sync-run', imported)).toBe(
      'functions/sync/sync-run (domain) imports ../azure/table-storage/table-client (adapter of azure). ' +
        'A domain file may import: domain, type port; ' +
        'packages: @modelcontextprotocol/sdk, cron-parser, ipaddr.js, lru-cache, minisearch, node-sql-parser, p-limit, p-map, standardwebhooks, zod. ' +
        'Module sync may import: events connectors catalog run-history.',
    );
  });

  it.each([
    ['functions/data-factory/resource', '../sync/sync-run', false],
    ['functions/connectors/connector', '../sync/sync-run', true],
    ['functions/events/event', '../connectors/connector', true],
    ['functions/http/endpoint', '../services', true],
    ['functions/connectors/connectors.http', './connector-service', false],
    ['functions/sync/orchestration/sync-orchestrator', 'node:crypto', false],
    ['functions/azure/table-storage/table-client', '@azure/identity', false],
    ['functions/connectors/ports', '@azure/data-tables', true],
    ['functions/errors/app-error', '../../test/support/builders', true],
    ['infra/local/stack/stack', '../../../functions/config', true],
    ['functions/console/web/api/call', '../../../endpoints', false],
    ['functions/console/console.http', './web/api/routes', true],
  ])('of %s refuse %s', (file, name, typeOnly) => {
    expect(violation(file, { name, typeOnly })).toBeDefined();
  });
});

describe('the layout', () => {
  it('has every module of functions/ in a table', () => {
    const known = new Set([...Object.keys({ ...sharedModules, ...featureModules }), 'azure']);
    const modules = product.map(moduleOf).filter((name) => name !== undefined);

    expect([...new Set(modules)].filter((name) => !known.has(name))).toEqual([]);
  });

  it('has at most 28 files in a folder', () => {
    const folders = ['functions', 'infra', 'test'].flatMap((folder) => filesBelow(folder));
    const counts = new Map<string, number>();
    for (const file of folders) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);

    expect([...counts].filter(([, files]) => files > 28)).toEqual([]);
  });

  it('keeps the composition root within 260 lines', () => {
    expect(readFileSync(pathOf('functions/services'), 'utf8').split('\n').length).toBeLessThan(262);
  });
});

describe('the environment', () => {
  it('is read by config and index only', () => {
    const readers = product.filter((file) => readsEnvironment(pathOf(file)));

    expect(readers.filter((file) => !/^functions\/(config|index)$/.test(file))).toEqual([]);
  });

  it('gives its identity to the composition root only', () => {
    const constructors = product.filter((file) =>
      importsOf(pathOf(file)).some(({ name, typeOnly }) => name === '@azure/identity' && !typeOnly),
    );

    expect(constructors).toEqual(['functions/services']);
  });
});

function violation(file: string, imported: Import): string | undefined {
  const kind = kindOf(file);
  if (kind === undefined) return `${file} has no kind. See "kinds" in test/import-rules.test.ts.`;
  const { files, packages } = rules[kind];
  const { name, typeOnly } = imported;
  if (isAllowed()) return undefined;
  const target = name.startsWith('.') ? join(dirname(file), name) : undefined;
  const seen = target ? ` (${kindOf(target) ?? 'outside'} of ${moduleOf(target) ?? 'none'})` : '';
  const module = moduleOf(file);
  const modules = module === undefined ? '' : ` Module ${module} may import: ${allowedTo(module)}.`;
  return (
    `${file} (${kind}) imports ${typeOnly ? 'types of ' : ''}${name}${seen}. ` +
    `A ${kind} file may import: ${files || 'none'}; packages: ${packages || 'none'}.${modules}`
  );

  function isAllowed(): boolean {
    if (name.startsWith('node:')) return kind !== 'orchestrator';
    if (!name.startsWith('.')) return admits(packages, packageOf(name), typeOnly);
    const reached = join(dirname(file), name);
    const reachedKind = kindOf(reached);
    if (reachedKind === undefined || !admits(files, reachedKind, typeOnly)) return false;
    return mayReach(moduleOf(file), moduleOf(reached), typeOnly);
  }
}

/** A file at the top of functions/ belongs to no module; the root, config and infra/local are bound by kind alone. */
function mayReach(from: string | undefined, to: string | undefined, typeOnly: boolean): boolean {
  if (from === undefined || from === to || from === 'azure' || to === undefined) return true;
  if (to in sharedModules && from in featureModules) return true;
  return admits(allowedTo(from).replace(/ (?!type )/g, ', '), to, typeOnly);
}

function allowedTo(module: string): string {
  return { ...sharedModules, ...featureModules }[module] ?? '';
}

function kindOf(file: string): Kind | undefined {
  return (Object.keys(kinds) as Kind[]).find((kind) => kinds[kind].test(file));
}

function moduleOf(file: string): string | undefined {
  return /^functions\/([\w-]+)\//.exec(file)?.[1];
}

function admits(allowed: string, wanted: string, typeOnly: boolean): boolean {
  const list = allowed.split(',').map((entry) => entry.trim());
  return (
    list.includes('*') || list.includes(wanted) || (typeOnly && list.includes(`type ${wanted}`))
  );
}

function packageOf(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}

function relativeImportsOf(file: string): string[] {
  return importsOf(pathOf(file))
    .filter(({ name }) => name.startsWith('.'))
    .map(({ name }) => join(dirname(file), name));
}

/** Paths from the root of the project. Fixtures and seed data are data, not layout. */
function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((file) => !/(^|\/)(fixtures|seed\/factories)\//.test(file));
}
