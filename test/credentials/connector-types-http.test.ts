import type { z } from 'zod';
import { connectedWith } from '../../functions/connectors/connector';
import { browserSignIn, credential, deviceSignIn } from '../../functions/credentials/credential';
import { callEndpoint } from '../support/call-endpoint';
import { viewer } from '../support/builders';

const params = { type: 'azure-data-factory' };
const methods = async () =>
  (await callEndpoint('getConnectorType', { params, as: viewer })).json.methods;

describe('connector types', () => {
  it('list every method, the recommended one first', async () => {
    const { json } = await callEndpoint('listConnectorTypes', { as: viewer });

    const named = json.items[0].methods.map(({ method }: any) => method);
    expect(named).toEqual(['oauth', 'client_credentials', 'device_code', 'username_password']);
    expect(named.toSorted()).toEqual([...connectedWith.options].toSorted());
  });

  it('respond with 404 to an unknown type', async () => {
    const { status, json } = await callEndpoint('getConnectorType', { params: { type: 'excel' } });

    expect([status, json.code]).toEqual([404, 'connector_type_not_found']);
  });

  it('have the fields of the request schemas', async () => {
    const schemas: Record<string, z.ZodObject> = {
      ...Object.fromEntries(credential.options.map((one) => [one.shape.method.value, one])),
      oauth: browserSignIn,
      device_code: deviceSignIn,
    };

    for (const { method, fields } of await methods())
      expect(fields.map(({ name, required }: any) => [name, required])).toEqual(
        Object.entries(schemas[method]?.shape ?? {})
          .filter(([name]) => name !== 'method')
          .map(([name, type]) => [name, !(type as z.ZodType).safeParse(undefined).success]),
      );
  });

  it('warn where an account is entered or chosen', async () => {
    const warned = (await methods()).map(({ method, warnings, fields }: any) => [
      method,
      [...warnings, ...fields.map(({ help }: any) => help)].some((text) =>
        text.includes('Use a service account, never the account of a person'),
      ),
    ]);

    expect(warned).toEqual(warned.map(([method]: any) => [method, true]));
  });

  it('give each field a label, a help text and a secret flag', async () => {
    const fields = (await methods()).flatMap(({ fields }: any) => fields);

    for (const { label, help } of fields) expect([label, help]).not.toContain('');
    const secret = fields.filter(({ secret }: any) => secret).map(({ name }: any) => name);
    expect(new Set(secret)).toEqual(new Set(['clientSecret', 'password']));
    const help = Object.fromEntries(fields.map(({ name, help }: any) => [name, help]));
    expect(help.clientId).toContain('Application (client) ID');
    expect(help.tenantId).toContain('Directory ID');
    expect(help.clientSecret).toContain('Value (not Secret ID)');
    expect(help.userId).toContain('Object ID');
  });
});
