/**
 * Who may import whom, as data. The map in functions/README.md gives the reasons; this file is what keeps it true.
 * Imports are read by a parser: a bundler has forgotten those that carry only types.
 */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { importsOf, readsEnvironment, type Import } from './support/imports';

const root = join(__dirname, '..');

/** What a file is, told by its path without extension. The first pattern that fits decides. */
// prettier-ignore
const kinds = {
  root:     /^functions\/(index|services|endpoints)$/,
  config:   /^functions\/config$/,
  shared:   /^functions\/[\w-]+$/,
  azure:    /^functions\/azure\//,
  door:     /^functions\/.+(\.http|\.timer|\.durable|-endpoint)$/,
  caller:   /^functions\/http\/caller$/,
  port:     /^functions\/[\w-]+\/ports$/,
  http:     /^functions\/http\//,
  durable:  /^functions\/durable\//,
  service:  /^functions\/[\w-]+\/[\w-]+-service$/,
  outbound: /^functions\/[\w-]+\/[\w-]+-sender$/,
  sequence: /^functions\/[\w-]+\/(steps|rounds|[\w-]+-orchestrator)$/,
  rule:     /^functions\/[\w-]+\/[\w-]+$/,
  local:    /^infra\/local\//,
};
type Kind = keyof typeof kinds;

/** Files of these kinds belong to a room, the folder they lie in. */
const roomKinds = new Set<Kind>(['door', 'port', 'service', 'outbound', 'sequence', 'rule']);

/**
 * What each kind may import. A kind of a room means the own room, `foreign` means any other room, and `type` means
 * `import type`, which leaves nothing behind in the bundle. Node's own modules are open to all but sequences.
 */
// prettier-ignore
const walls: Record<Kind, { readonly ours: readonly string[]; readonly packages: readonly string[] }> = {
  shared:   { ours: ['shared'],
              packages: ['zod'] },
  config:   { ours: ['shared'],
              packages: ['zod'] },
  caller:   { ours: ['shared'],
              packages: [] },
  rule:     { ours: ['rule', 'type foreign rule', 'shared', 'type caller'],
              packages: ['cron-parser', 'zod'] },
  port:     { ours: ['type rule', 'type foreign rule', 'type shared'],
              packages: [] },
  service:  { ours: ['service', 'rule', 'type port', 'foreign service', 'foreign rule', 'type foreign port', 'shared', 'type caller'],
              packages: [] },
  /** Speaks to addresses that are not Azure's, over Node's own modules. Only the composition root knows it. */
  outbound: { ours: ['rule', 'type port', 'shared'],
              packages: [] },
  sequence: { ours: ['sequence', 'durable', 'type rule', 'type foreign rule'],
              packages: ['durable-functions'] },
  door:     { ours: ['door', 'service', 'sequence', 'rule', 'type port', 'foreign rule', 'http', 'caller', 'durable', 'shared', 'type root'],
              packages: ['@azure/functions', 'durable-functions', 'zod'] },
  http:     { ours: ['http', 'type port', 'caller', 'shared', 'type root'],
              packages: ['@azure/functions', 'jose', 'zod'] },
  durable:  { ours: ['durable', 'shared', 'type root'],
              packages: ['@azure/functions', 'durable-functions'] },
  azure:    { ours: ['azure', 'foreign rule', 'type foreign port', 'shared', 'type config'],
              packages: ['@azure/arm-datafactory', '@azure/core-rest-pipeline', '@azure/data-tables', '@azure/keyvault-secrets',
                         '@azure/msal-node', 'type @azure/identity', 'zod'] },
  root:     { ours: ['*'],
              packages: ['*'] },
  local:    { ours: ['local'],
              packages: ['*'] },
};

const sources = ['functions', 'infra/local'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file.slice(0, -'.ts'.length)).replaceAll('\\', '/')),
);
const pathOf = (file: string) => join(root, `${file}.ts`);
const product = sources.filter((file) => file.startsWith('functions/'));

describe('the walls between the rooms', () => {
  it.each(sources)('given %s, when its imports are read, then its kind allows them all', (file) => {
    const complaints = importsOf(pathOf(file)).flatMap(
      (imported) => validateWebhookUrl(file, imported) ?? [],
    );

    expect(complaints).toEqual([]);
  });

  it('given an adapter imported by a rule, when it is judged, then the complaint names file, kind and way out', () => {
    const complaint = validateWebhookUrl('functions/sync/sync-run', {
      name: '../azure/tables',
      typeOnly: false,
    });

    expect(complaint).toBe(
      'functions/sync/sync-run is a rule and imports ../azure/tables (azure). ' +
        'A rule may import: rule, type foreign rule, shared, type caller; packages: cron-parser, zod.',
    );
  });

  it.each([
    ['functions/data-factory/resource', '../sync/sync-run', false],
    ['functions/http/endpoint', '../services', false],
    ['functions/sync/orchestration/sync-orchestrator', 'node:crypto', false],
    ['functions/azure/table-storage/table-client', '@azure/identity', false],
    ['functions/connectors/ports', '@azure/data-tables', true],
    ['functions/errors/app-error', '../../test/support/builders', true],
    ['infra/local/stack/stack', '../../functions/config', true],
  ])('given %s, when it imports %s, then that is refused', (file, name, typeOnly) => {
    expect(validateWebhookUrl(file, { name, typeOnly })).toBeDefined();
  });
});

describe('the surroundings of the product', () => {
  it('given the environment, when the product reads it, then only at its entry', () => {
    const anyRole = product.filter((file) => readsEnvironment(pathOf(file)));

    expect(anyRole.filter((file) => !/^functions\/(config|index)$/.test(file))).toEqual([]);
  });

  it('given the identity of the app, when it is constructed, then only in the composition root', () => {
    const constructors = product.filter((file) =>
      importsOf(pathOf(file)).some(({ name, typeOnly }) => name === '@azure/identity' && !typeOnly),
    );

    expect(constructors.filter((file) => file !== 'functions/services')).toEqual([]);
  });
});

function validateWebhookUrl(file: string, imported: Import): string | undefined {
  const kind = kindOf(file);
  if (kind === undefined)
    return `${file} is of no known kind: see "kinds" in test/import-rules.test.ts.`;
  const { ours, packages } = walls[kind];
  if (isAllowed()) return undefined;
  const seen = imported.name.startsWith('.') ? ` (${seenFrom(file, imported.name)})` : '';
  return (
    `${file} is a ${kind} and imports ${imported.typeOnly ? 'types of ' : ''}${imported.name}${seen}. ` +
    `A ${kind} may import: ${listed(ours)}; packages: ${listed(packages)}.`
  );

  function isAllowed(): boolean {
    const { name, typeOnly } = imported;
    if (name.startsWith('.')) return admits(ours, seenFrom(file, name), typeOnly);
    if (name.startsWith('node:')) return kind !== 'sequence';
    return admits(packages, packageOf(name), typeOnly);
  }
}

function kindOf(file: string): Kind | undefined {
  return (Object.keys(kinds) as Kind[]).find((kind) => kinds[kind].test(file));
}

/** The kind of what is imported, in the words of the table. */
function seenFrom(file: string, name: string): string {
  const target = join(dirname(file), name).replaceAll('\\', '/');
  const kind = kindOf(target);
  if (kind === undefined) return 'outside';
  return roomKinds.has(kind) && dirname(target) !== dirname(file) ? `foreign ${kind}` : kind;
}

function admits(allowed: readonly string[], wanted: string, typeOnly: boolean): boolean {
  if (wanted === 'outside') return false;
  return (
    allowed.includes('*') ||
    allowed.includes(wanted) ||
    (typeOnly && allowed.includes(`type ${wanted}`))
  );
}

const packageOf = (name: string) =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');

const listed = (names: readonly string[]) => names.join(', ') || 'none';
