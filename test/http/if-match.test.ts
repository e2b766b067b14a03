/** If-Match after RFC 9110 section 13.1.1, the same way for every change that requires it. */
import { endpoints } from '../../functions/endpoints';
import type { Endpoint } from '../../functions/http/endpoint';
import { aConnector, owner } from '../support/builders';
import { callEndpoint, type EndpointName } from '../support/call-endpoint';
import { testContext } from '../support/context';

interface Change {
  readonly params: Record<string, string>;
  readonly body?: unknown;
  /** ETag of the current version. */
  readonly etag: string;
  readonly success: number;
}

/** A context in which each change succeeds once. */
async function setUp() {
  const context = testContext({ connectors: [aConnector({ version: 7 })] });
  const { webhook } = await context.services.webhooks.create(owner, {
    url: 'https://hooks.example/a',
    events: ['*'],
  });
  const connector = { connectorId: 'c1' };
  const changes: Record<string, Change> = {
    updateConnector: { params: connector, body: { name: 'New' }, etag: '"v7"', success: 200 },
    deleteConnector: { params: connector, etag: '"v7"', success: 202 },
    replaceSchedule: { params: connector, body: { kind: 'manual' }, etag: '"s0"', success: 200 },
    updateWebhook: {
      params: { webhookId: webhook.id },
      body: { description: 'New' },
      etag: `"v${webhook.version}"`,
      success: 200,
    },
  };
  return { services: context.services, changes };
}

const conditional = Object.entries<Endpoint>(endpoints)
  .filter(([, { ifMatch }]) => ifMatch)
  .map(([name]) => name as EndpointName);

async function change(name: EndpointName, header: (etag: string) => string) {
  const { services, changes } = await setUp();
  const { etag, success, ...call } = changes[name]!;
  const headers = { 'if-match': header(etag) };
  const response = await callEndpoint(name, { services, headers, ...call });
  return { ...response, success, etag };
}

describe.each(conditional)('If-Match of %s', (name) => {
  it.each<[string, (etag: string) => string]>([
    ['the ETag', (etag) => etag],
    ['*', () => '*'],
    ['a list with the ETag', (etag) => `"other", ${etag}`],
    ['a list with empty elements', (etag) => `, ,${etag},`],
    ['tags with commas', (etag) => `"a,b",${etag}`],
    ['a weak tag beside the ETag', (etag) => `W/"other" , ${etag}`],
  ])('accepts %s', async (_, header) => {
    const { status, success } = await change(name, header);

    expect(status).toBe(success);
  });

  it.each<[string, (etag: string) => string]>([
    ['another ETag', () => '"other"'],
    ['the ETag within a longer one', (etag) => `"x,${etag.slice(1)}`],
  ])('responds 412 to %s', async (_, header) => {
    expect(await change(name, header)).toMatchObject({ status: 412 });
  });

  it('names a weak tag', async () => {
    const { status, json, etag } = await change(name, (current) => `W/${current}`);

    expect(status).toBe(412);
    expect(json).toMatchObject({ code: 'if_match_weak' });
    expect(json.detail).toContain(`W/${etag}`);
  });

  it.each(['v1', '"v1', '"a" "b"', 'w/"v1"', '*, "v1"', ',', '"'])(
    'rejects %j as malformed',
    async (header) => {
      expect(await change(name, () => header)).toMatchObject({
        status: 400,
        json: { code: 'if_match_invalid' },
      });
    },
  );
});
