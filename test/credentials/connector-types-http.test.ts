import type { z } from 'zod';
import { connectedWith } from '../../functions/connectors/connector';
import { credential, deviceSignIn } from '../../functions/credentials/credential';
import { ask } from '../support/call-endpoint';
import { edgar } from '../support/builders';

const params = { type: 'azure-data-factory' };
const methods = async () => (await ask('getConnectorType', { params, as: edgar })).json.methods;

describe('the types of connectors', () => {
  it('given the list, when it is read, then every way to connect stands in it, the recommended first', async () => {
    const { json } = await ask('listConnectorTypes', { as: edgar });

    const named = json.items[0].methods.map(({ method }: any) => method);
    expect(named).toEqual(['oauth', 'client_credentials', 'device_code', 'username_password']);
    expect(named.toSorted()).toEqual([...connectedWith.options].toSorted());
  });

  it('given a type that is not there, when it is asked for, then it is not found', async () => {
    const { status, json } = await ask('getConnectorType', { params: { type: 'excel' } });

    expect([status, json.code]).toEqual([404, 'connector_type_not_found']);
  });

  it('given what the requests are checked with, when the fields are compared, then they are the same', async () => {
    const schemas: Record<string, z.ZodObject> = {
      ...Object.fromEntries(credential.options.map((one) => [one.shape.method.value, one])),
      device_code: deviceSignIn,
    };

    for (const { method, fields } of await methods())
      expect(fields.map(({ name, required }: any) => [name, required])).toEqual(
        Object.entries(schemas[method]?.shape ?? {})
          .filter(([name]) => name !== 'method')
          .map(([name, type]) => [name, !(type as z.ZodType).safeParse(undefined).success]),
      );
  });

  it('given each field, when a form shows it, then it has a label, says where it is found, and hides what is secret', async () => {
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
