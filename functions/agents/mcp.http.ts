/** The endpoint for agents, and the metadata that lead them to Entra. */
import { z } from 'zod';
import { readText } from '../data-factory/redaction/text-reader';
import { InvalidInputError } from '../errors/app-error';
import { personOf } from '../events/actor';
import { tenantStream } from '../events/event';
import type { EventLog } from '../events/ports';
import { anyRole } from '../http/caller';
import { endpoint, type Endpoint } from '../http/endpoint';
import { assertWithinLimit } from '../http/rate-limit';
import type { HttpServices } from '../http/services';
import { allTools } from './all-tools';
import { apiReader } from './api-reader.http';
import { respondOverMcp } from './mcp-server';
import type { AgentServices } from './services';

const maxRecordedLength = 1_000;
/** Arguments may have a megabyte, which would take a second to redact. */
const maxRedactedLength = 4 * maxRecordedLength;
const metadataRoute = 'mcp/oauth-protected-resource';

const message = z.looseObject({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.string().max(200), z.number()]).nullish(),
});
const messages = z.union([message, z.array(message).min(1).max(20)]);

const getResourceMetadata = endpoint({
  method: 'GET',
  route: metadataRoute,
  summary: 'Get the metadata of the protected resource',
  description: 'RFC 9728. A 401 of the MCP endpoint names this address.',
  allow: 'anonymous',
  responses: {
    200: z
      .strictObject({
        resource: z.url(),
        resource_name: z.string(),
        authorization_servers: z.array(z.url()),
        scopes_supported: z.array(z.string()),
        bearer_methods_supported: z.array(z.literal('header')),
      })
      .meta({ id: 'ProtectedResourceMetadata' }),
  },

  async handle(_request, { publicUrl, agents }: AgentServices & HttpServices) {
    return {
      status: 200,
      headers: { 'Cache-Control': 'public, max-age=300' },
      jsonBody: {
        resource: `${publicUrl}/api/mcp`,
        resource_name: 'adf-connect',
        authorization_servers: [agents.authorizationServer],
        scopes_supported: [agents.scope],
        bearer_methods_supported: ['header'],
      },
    };
  },
});

/** `all` are the endpoints that the tools read. */
export function agentEndpoints(all: () => Readonly<Record<string, Endpoint>>) {
  const responseOf = (operation: string) => all()[operation]!.responses[200] as z.ZodType;

  const callMcp = endpoint({
    method: 'POST',
    route: 'mcp',
    summary: 'Send a message of MCP',
    description:
      'Model Context Protocol over streamable HTTP, without sessions and with JSON responses. All tools read only. Each call of a tool is recorded as an event of type agent.tool_called, and counts as a write for the rate limit.',
    allow: anyRole,
    readsOnly: true,
    resourceMetadata: metadataRoute,
    body: messages,
    example: { jsonrpc: '2.0', id: 1, method: 'tools/list' },
    responses: { 200: messages, 202: undefined },

    async handle(
      { body, request, context, caller },
      services: AgentServices & HttpServices & { readonly events: EventLog },
    ) {
      const record = async (tool: string, input: unknown) => {
        // Each call of a batch stores an event, so it counts as a write.
        const { tenantId, objectId } = caller;
        assertWithinLimit(await services.rateLimiter.consume('writes', tenantId, objectId));
        await services.events.record({
          tenantId: caller.tenantId,
          connectorId: tenantStream,
          type: 'agent.tool_called',
          actor: personOf(caller),
          data: {
            tool,
            client: readText(request.headers.get('user-agent') ?? 'unknown').slice(0, 100),
            arguments: readText(JSON.stringify(input).slice(0, maxRedactedLength)).slice(
              0,
              maxRecordedLength,
            ),
          },
        });
      };
      const response = await respondOverMcp(toWebRequest(request), body, {
        version: '1',
        tools: allTools,
        api: apiReader(all(), { request, context, caller }, services),
        responseOf,
        record,
      });
      const text = await response.text();
      if (!response.ok) throw refused(text);
      return {
        status: response.status,
        ...(text !== '' && { jsonBody: JSON.parse(text) as unknown }),
      };
    },
  });
  return { callMcp, getResourceMetadata };
}

const refusal = z.object({ error: z.object({ message: z.string() }) });

/** A message that the transport refuses, such as one of an unknown version of the protocol. */
const refused = (text: string) =>
  new InvalidInputError(
    'invalid_mcp_message',
    `The message was refused. ${refusal.parse(JSON.parse(text)).error.message}`,
  );

/** Both media types are acceptable to every client of this transport, also to those that name one. */
function toWebRequest({ url, headers }: { readonly url: string; readonly headers: Headers }) {
  const passed = new Headers({
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
  });
  const version = headers.get('mcp-protocol-version');
  if (version !== null) passed.set('mcp-protocol-version', version);
  return new Request(url, { method: 'POST', headers: passed });
}
