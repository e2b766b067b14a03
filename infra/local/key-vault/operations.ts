/** The operations on secrets: route, required permission and handler. */
import type { EmulatorResponse, EmulatorRequest } from '../emulator/server';
import { page } from './page';
import type { Secrets } from './secrets';
import { badParameter } from './vault-error';
import { readNewSecret, readProperties, type Bundles } from './wire';

/** Permissions of a principal. In Azure these are data actions of roles. */
export type Permission = 'get' | 'list' | 'set' | 'delete' | 'recover' | 'purge';

export interface Vault {
  readonly secrets: Secrets;
  readonly bundles: Bundles;
  readonly url: () => string;
}

interface OperationInput {
  readonly request: EmulatorRequest;
  readonly name: string;
  /** Undefined for the latest version. */
  readonly version: string | undefined;
}

interface Operation {
  readonly needs: Permission;
  readonly run: (vault: Vault, input: OperationInput) => unknown;
}

const operations: Readonly<Record<string, Operation>> = {
  'GET /secrets': {
    needs: 'list',
    run: ({ secrets, bundles, url }, { request }) =>
      page(url(), request, secrets.list().map(bundles.item)),
  },
  'GET /secrets/{name}/versions': {
    needs: 'list',
    run: ({ secrets, bundles, url }, { request, name }) =>
      page(url(), request, secrets.listVersions(name).map(bundles.version)),
  },
  'GET /secrets/{name}': { needs: 'get', run: get },
  'GET /secrets/{name}/{version}': { needs: 'get', run: get },
  'PUT /secrets/{name}': {
    needs: 'set',
    async run({ secrets, bundles }, { request, name }) {
      const { value, properties } = readNewSecret(request.json());
      return bundles.withValue(await secrets.set(name, value, properties));
    },
  },
  'PATCH /secrets/{name}': { needs: 'set', run: update },
  'PATCH /secrets/{name}/{version}': { needs: 'set', run: update },
  'DELETE /secrets/{name}': {
    needs: 'delete',
    run: async ({ secrets, bundles }, { name }) => bundles.deleted(await secrets.delete(name)),
  },
  'GET /deletedsecrets': {
    needs: 'list',
    run: ({ secrets, bundles, url }, { request }) =>
      page(url(), request, secrets.listDeleted().map(bundles.deletedItem)),
  },
  'GET /deletedsecrets/{name}': {
    needs: 'get',
    run: ({ secrets, bundles }, { name }) => bundles.deleted(secrets.getDeleted(name)),
  },
  'POST /deletedsecrets/{name}/recover': {
    needs: 'recover',
    run: async ({ secrets, bundles }, { name }) => bundles.version(await secrets.recover(name)),
  },
  'DELETE /deletedsecrets/{name}': {
    needs: 'purge',
    run: ({ secrets }, { name }) => secrets.purge(name),
  },
};

function get({ secrets, bundles }: Vault, { name, version }: OperationInput) {
  return bundles.withValue(secrets.get(name, version));
}

async function update({ secrets, bundles }: Vault, { request, name, version }: OperationInput) {
  const properties = readProperties(request.json());
  return bundles.version(await secrets.update(name, version, properties));
}

/** Returns undefined for a request that is not implemented. */
export function operationOf(vault: Vault, request: EmulatorRequest) {
  // SDKs request the latest version as /secrets/{name}/.
  const [collection, name = '', detail, ...more] = request.path.split('/').filter(Boolean);
  const isVersion = detail !== undefined && /^[0-9a-f]{32}$/i.test(detail);
  const shape = [collection, name && '{name}', isVersion ? '{version}' : detail, ...more];
  const operation = operations[`${request.method} /${shape.filter(Boolean).join('/')}`];
  if (!operation) return undefined;
  if (name && !/^[0-9a-zA-Z-]{1,127}$/.test(name))
    throw badParameter(`The request URI contains an invalid name: ${name}`);
  return {
    needs: operation.needs,
    async run(): Promise<EmulatorResponse> {
      const input = { request, name, version: isVersion ? detail : undefined };
      const body = await operation.run(vault, input);
      return body === undefined ? { status: 204 } : { status: 200, body };
    },
  };
}
