/** Each error of Key Vault, met by each operation of the secret store, through the real SDK. */
import { KeyVaultSecretStore } from '../../../functions/azure/key-vault/secret-store';
import { Secret } from '../../../functions/secrets/secret';
import { startKeyVault, type KeyVault } from '../../../infra/local/key-vault/key-vault';
import {
  blockedByConnection,
  blockedByFirewall,
  disabled,
  notFound,
  notPermitted,
  notPermittedByPolicy,
  secretIsBeingDeleted,
  secretIsBeingRecovered,
  secretIsDeleted,
  VaultError,
} from '../../../infra/local/key-vault/vault-error';
import { sample } from '../../../infra/local/seed/sample';
import { testEmulatorContext, type TestEmulatorContext } from '../../support/emulator-context';

const { tenantId, identityObjectId } = sample.home;
let context: TestEmulatorContext;
const started: KeyVault[] = [];

async function startVault(transitionMs?: number): Promise<KeyVault> {
  const vault = await startKeyVault(context, {
    verify: async (authorization, [audience]) =>
      authorization === 'Bearer a-token'
        ? { tid: tenantId, oid: identityObjectId, aud: audience! }
        : undefined,
    entraUrl: 'https://login.example',
    tenantId,
    ...(transitionMs !== undefined && { transitionMs }),
  });
  started.push(vault);
  return vault;
}

const open = ({ url }: KeyVault, maxMs = 60) =>
  new KeyVaultSecretStore(
    url,
    { getToken: async () => ({ token: 'a-token', expiresOnTimestamp: Date.now() + 3_600_000 }) },
    'https://account.example',
    { maxMs, intervalMs: 10 },
  );

let vault: KeyVault;
beforeAll(async () => {
  context = await testEmulatorContext();
  vault = await startVault();
});
afterEach(() => context.faults.clear());
afterAll(async () => {
  for (const each of started) await each.stop();
  await context.remove();
});

const name = 'cn-c1-secret';
const version = 'a'.repeat(32);
const properties = { contentType: 'text/plain' };

type Store = KeyVaultSecretStore;
const operations = {
  put: (store: Store) => store.put(name, new Secret('canary'), properties),
  get: (store: Store) => store.get(name, version),
  disable: (store: Store) => store.disable(name, version),
  delete: (store: Store) => store.delete(name),
  listVersions: (store: Store) => store.listVersions(name),
  listNames: async (store: Store) => {
    for await (const listed of store.listNames('cn-')) return listed;
    return 'none';
  },
};
type Operation = keyof typeof operations;

const refused = 'key_vault_refused';
const reserved = 'secret_soft_deleted';
const missing = 'secret_not_found';
const done = 'done';

const refusedByAll = {
  put: refused,
  get: refused,
  disable: refused,
  delete: refused,
  listVersions: refused,
  listNames: refused,
};
const gone = {
  ...refusedByAll,
  get: missing,
  disable: done,
  delete: done,
  listVersions: done,
};
/** A disabled version is not a deleted one. */
const unreadable = { ...refusedByAll, get: missing, disable: done };
const reservedName = { ...gone, put: reserved };
const busy = {
  put: reserved,
  get: reserved,
  disable: reserved,
  delete: reserved,
  listVersions: reserved,
  listNames: reserved,
};
const foreign = (status: number, code = 'Gateway') =>
  new VaultError(status, code, 'SecretNotFound, the secret is disabled and currently deleted.');

/** What each operation reports for an error. */
const table: readonly (readonly [string, VaultError, Record<Operation, string>])[] = [
  ['ForbiddenByRbac', notPermitted('getSecret', identityObjectId), refusedByAll],
  ['ForbiddenByPolicy', notPermittedByPolicy('get', identityObjectId), refusedByAll],
  ['AccessDenied', new VaultError(403, 'Forbidden', 'disabled', 'AccessDenied'), refusedByAll],
  ['ForbiddenByFirewall', blockedByFirewall(), refusedByAll],
  ['ForbiddenByConnection', blockedByConnection(), refusedByAll],
  ['Forbidden without inner code', new VaultError(403, 'Forbidden', 'disabled'), refusedByAll],
  ['SecretDisabled', disabled(), unreadable],
  ['SecretDisabled as outer code', new VaultError(403, 'SecretDisabled', 'no'), unreadable],
  ['SecretNotFound', notFound(name), gone],
  ['ObjectIsBeingDeleted', secretIsBeingDeleted(), reservedName],
  ['ObjectIsDeletedButRecoverable', secretIsDeleted(name), reservedName],
  ['ObjectIsBeingRecovered', secretIsBeingRecovered(name), busy],
  ['Conflict', new VaultError(409, 'Conflict', 'Another request is changing it.'), busy],
  ['ConflictError', new VaultError(409, 'ConflictError', 'Sequence the requests.'), busy],
  ['BadParameter', new VaultError(400, 'BadParameter', 'disabled'), refusedByAll],
  ['a 404 of a proxy', foreign(404), refusedByAll],
  ['a 403 of a proxy', foreign(403), refusedByAll],
  ['a 409 of a proxy', foreign(409), refusedByAll],
  ['a code with another status', foreign(403, 'SecretNotFound'), refusedByAll],
];

const cases = table.flatMap(([title, error, expected]) =>
  Object.entries(expected).map(
    ([operation, outcome]) => [title, operation as Operation, outcome, error] as const,
  ),
);

/** The code of the failure, or `done`. */
const outcomeOf = (result: Promise<unknown>): Promise<string> =>
  result.then(
    () => done,
    (error: unknown) => (error as { code: string }).code,
  );

describe('error of Key Vault', () => {
  it.each(cases)('%s makes %s report %s', async (_, operation, outcome, error) => {
    const { status, body } = error.toResponse();
    context.faults.add({ service: 'key-vault', kind: 'status', status: status!, body });

    expect(await outcomeOf(operations[operation](open(vault)))).toBe(outcome);
  });

  it.each([
    ['text', 'Public network access is disabled'],
    ['an empty object', {}],
    ['a list', []],
    ['a code that is no identifier', { error: { code: '<b>SecretNotFound</b>' } }],
  ])('of a proxy with %s is a refusal', async (_, body) => {
    context.faults.add({ service: 'key-vault', kind: 'status', status: 404, body });

    const outcomes = Object.values(operations).map((operation) =>
      outcomeOf(operation(open(vault))),
    );

    expect(new Set(await Promise.all(outcomes))).toEqual(new Set([refused]));
  });

  it('is named by its codes, never by its message', async () => {
    const { status, body } = blockedByFirewall().toResponse();
    context.faults.add({ service: 'key-vault', kind: 'status', status: status!, body });

    const reading = open(vault).get(name);

    await expect(reading).rejects.toMatchObject({
      message:
        'Key Vault denied access to this app (status 403, Forbidden, ForbiddenByFirewall). Report this error to the operator.',
    });
  });
});

describe('success that is not one of Key Vault', () => {
  const other = 'https://vault.example/secrets/cn-other-secret';
  const enabled = { attributes: { enabled: true } };

  it.each([
    ['a page', 200, '<html>Welcome</html>'],
    ['an empty object', 200, {}],
    ['a list', 200, []],
    ['no content', 204, ''],
    ['a redirect', 302, ''],
    ['another secret', 200, { id: `${other}/${version}`, value: 'canary', ...enabled }],
    ['neither value nor version', 200, { id: `https://vault.example/secrets/${name}` }],
    ['a list that is none', 200, { value: 'canary' }],
  ])('with %s is believed by no operation', async (_, status, body) => {
    context.faults.add({ service: 'key-vault', kind: 'status', status, body });
    const { delete: _delete, ...others } = operations;

    const outcomes = Object.values(others).map((operation) => outcomeOf(operation(open(vault))));

    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(['key_vault_unavailable']));
  });

  it('confirms no deletion of another secret', async () => {
    const body = { id: `${other}/${version}`, ...enabled };
    context.faults.add({ service: 'key-vault', kind: 'status', status: 200, body });

    expect(await outcomeOf(operations.delete(open(vault)))).toBe('key_vault_unavailable');
  });

  it('confirms no version as disabled that it calls enabled', async () => {
    const body = { id: `https://vault.example/secrets/${name}/${version}`, ...enabled };
    context.faults.add({ service: 'key-vault', kind: 'status', status: 200, body });

    expect(await outcomeOf(operations.disable(open(vault)))).toBe('key_vault_unavailable');
  });
});

let nameCount = 0;
const aName = () => `cn-transition-${++nameCount}`;

describe('name in transition', () => {
  it.each([
    ['being deleted', false],
    ['being recovered', true],
  ])('%s takes a new version once it is free', async (_, isRecovered) => {
    const slow = await startVault(80);
    const [store, name] = [open(slow, 5_000), aName()];
    await store.put(name, new Secret('old'), properties);
    await store.delete(name);
    if (isRecovered) await store.put(name, new Secret('between'), properties);

    const next = await store.put(name, new Secret('new'), properties);

    expect((await store.get(name, next)).reveal()).toBe('new');
  });

  it('is deleted again once it is recovered', async () => {
    const slow = await startVault(80);
    const [store, name] = [open(slow, 5_000), aName()];
    await store.put(name, new Secret('old'), properties);
    await store.delete(name);
    await store.put(name, new Secret('new'), properties);

    await store.delete(name);

    expect(await outcomeOf(store.get(name))).toBe(missing);
  });

  it('is reported as reserved when the wait is over', async () => {
    const slow = await startVault(60_000);
    const [store, name] = [open(slow), aName()];
    await store.put(name, new Secret('old'), properties);
    await store.delete(name);

    const storing = store.put(name, new Secret('new'), properties);

    await expect(storing).rejects.toMatchObject({ code: reserved, retryable: true });
  });
});
