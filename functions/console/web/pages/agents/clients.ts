/** Ready configurations of common clients of the Model Context Protocol. Pure. */

export interface Client {
  readonly id: string;
  readonly name: string;
  /** Where the configuration belongs. */
  readonly place: string;
  readonly configuration: (address: Address) => string;
  /** Redirect address that the app registration needs. Absent if the client has its own app. */
  readonly redirect?: string;
  readonly note?: string;
}

export interface Address {
  readonly url: string;
  readonly scope: string;
  /** Of the app registration that the client signs in with. */
  readonly clientId: string;
}

const json = (value: unknown) => JSON.stringify(value, undefined, 2);
const serverName = 'adf-connect';
const callbackPort = 8_080;

/** Client id of Visual Studio Code at Entra, which it signs in with by itself. */
export const vsCodeClientId = 'aebc6443-996d-45c2-90f0-388ff96faa56';

export const clients: readonly Client[] = [
  {
    id: 'claude',
    name: 'Claude',
    place:
      'Run it once in a terminal, then sign in with /mcp. Claude on the web takes the address and the client ID as a custom connector.',
    configuration: ({ url, clientId }) =>
      `claude mcp add --transport http --client-id ${clientId} --callback-port ${callbackPort} ${serverName} ${url}`,
    redirect: `http://localhost:${callbackPort}/callback`,
  },
  {
    id: 'vscode',
    name: 'VS Code',
    place: '.vscode/mcp.json of a workspace, or the MCP configuration of the user.',
    configuration: ({ url }) => json({ servers: { [serverName]: { type: 'http', url } } }),
    note: `It signs in to Entra with its own app. Add the client ${vsCodeClientId} to the authorized client applications of the API once.`,
  },
  {
    id: 'cursor',
    name: 'Cursor',
    place: '~/.cursor/mcp.json, or .cursor/mcp.json of a project.',
    configuration: ({ url, scope, clientId }) =>
      json({
        mcpServers: { [serverName]: { url, auth: { CLIENT_ID: clientId, scopes: [scope] } } },
      }),
    redirect: 'cursor://anysphere.cursor-mcp/oauth/callback',
  },
  {
    id: 'other',
    name: 'Other',
    place: 'Any client of streamable HTTP that can send a header. Keep the token out of the file.',
    configuration: ({ url }) =>
      json({
        mcpServers: {
          [serverName]: { type: 'http', url, headers: { Authorization: 'Bearer ${TOKEN}' } },
        },
      }),
    note: 'The token is one of Entra for the scope above. It ends after about an hour.',
  },
];
