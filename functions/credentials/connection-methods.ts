/**
 * The ways to connect, for a frontend that renders its form from here. Fields come from the very schemas that check the
 * request; what stands here besides is what a person should know before choosing. Recommended first.
 */
import { z } from 'zod';
import { clientCredentials, deviceSignIn, usernamePassword } from './credential';
import { connectorType, type ConnectedWith } from '../connectors/connector';

export interface Field {
  readonly name: string;
  readonly label: string;
  /** Never shown again once it is sent. */
  readonly secret: boolean;
  readonly required: boolean;
  readonly input: 'text' | 'password' | 'date-time' | 'checkbox';
  readonly help: string;
}

export interface Method {
  readonly method: ConnectedWith;
  readonly label: string;
  readonly summary: string;
  readonly warnings: readonly string[];
  /** What is sent where, below a connector. */
  readonly submit: { readonly method: 'POST'; readonly path: string };
  readonly fields: readonly Field[];
}

const below = (path: string) => ({ method: 'POST', path: `/api/connectors/{id}/${path}` }) as const;

export const methods: readonly Method[] = [
  {
    method: 'oauth',
    label: 'OAuth',
    summary:
      'Sign in with Microsoft in this browser. Multi-factor sign-in works, and nothing needs to be registered.',
    warnings: [],
    submit: below('oauth/sessions'),
    fields: [],
  },
  {
    method: 'client_credentials',
    label: 'Client credentials',
    summary:
      'An app registration of your own acts by itself. Nobody’s leaving ends it, until its secret expires.',
    warnings: [
      'The app needs the Reader role on the subscription, the resource group or the factory.',
      'A client secret expires, after two years at most. Give its date to be warned in time.',
    ],
    submit: below('credentials'),
    fields: fieldsOf(clientCredentials),
  },
  {
    method: 'device_code',
    label: 'Device code',
    summary:
      'Sign in on another device, with a code that is shown here. For where no redirect is possible.',
    warnings: ['Many organisations block sign-in with device codes; then use OAuth.'],
    submit: below('device-sessions'),
    fields: fieldsOf(deviceSignIn),
  },
  {
    method: 'username_password',
    label: 'User name and password',
    summary: 'A service account signs in once with its password, which is not stored.',
    warnings: [
      'Use a service account, never a person’s own.',
      'It fails wherever multi-factor sign-in is required, which is nearly everywhere.',
      'A changed password may end the connection.',
    ],
    submit: below('credentials'),
    fields: fieldsOf(usernamePassword),
  },
];

export const connectorTypes = [
  { type: connectorType.value, label: 'Azure Data Factory', methods },
] as const;

/** What the schema says of itself. The method is chosen, not entered. */
function fieldsOf(schema: z.ZodObject): Field[] {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' });
  return Object.entries(properties)
    .filter(([name]) => name !== 'method')
    .map(([name, property]) => {
      const said = property as z.core.JSONSchema.BaseSchema;
      const secret = said.writeOnly === true;
      return {
        name,
        label: said.title!,
        secret,
        required: required.includes(name),
        input: inputOf(said, secret),
        help: said.description!,
      };
    });
}

function inputOf({ type, format }: z.core.JSONSchema.BaseSchema, secret: boolean): Field['input'] {
  if (secret) return 'password';
  if (type === 'boolean') return 'checkbox';
  return format === 'date-time' ? 'date-time' : 'text';
}
