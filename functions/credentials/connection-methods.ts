/**
 * Methods to connect, from which a frontend renders its forms, recommended first. The fields derive
 * from the schemas that validate the request.
 */
import { z } from 'zod';
import { connectorType, type ConnectedWith } from '../connectors/connector';
import {
  browserSignIn,
  clientCredentials,
  deviceSignIn,
  usernamePassword,
  useServiceAccount,
} from './credential';

export interface FormField {
  readonly name: string;
  readonly label: string;
  /** Whether the value is never returned. */
  readonly secret: boolean;
  readonly required: boolean;
  readonly input: 'text' | 'password' | 'date-time' | 'checkbox';
  readonly help: string;
}

export interface ConnectionMethod {
  readonly method: ConnectedWith;
  readonly label: string;
  readonly summary: string;
  readonly warnings: readonly string[];
  /** Request that submits the fields. */
  readonly submit: { readonly method: 'POST'; readonly path: string };
  readonly fields: readonly FormField[];
}

const postTo = (path: string) =>
  ({ method: 'POST', path: `/api/connectors/{connectorId}/${path}` }) as const;

export const methods: readonly ConnectionMethod[] = [
  {
    method: 'oauth',
    label: 'OAuth',
    summary:
      'Sign in with Microsoft in this browser. Supports multi-factor sign-in and needs no app registration.',
    warnings: [useServiceAccount],
    submit: postTo('oauth/sessions'),
    fields: fieldsOf(browserSignIn),
  },
  {
    method: 'client_credentials',
    label: 'Client credentials',
    summary:
      'An app registration of your own signs in. The connection does not depend on a person, and lasts until the secret expires.',
    warnings: [
      'The app needs the Reader role on the subscription, the resource group or the factory.',
      'A client secret expires after two years at most. Enter its expiry date to receive reminders.',
    ],
    submit: postTo('credentials'),
    fields: fieldsOf(clientCredentials),
  },
  {
    method: 'device_code',
    label: 'Device code',
    summary:
      'Sign in on another device with a code that is shown here. For environments without a redirect.',
    warnings: [
      useServiceAccount,
      'Many organizations block sign-in with device codes. Use OAuth there.',
      'Enter only a code that you requested yourself. A code of another person connects your account to their connector.',
    ],
    submit: postTo('device-sessions'),
    fields: fieldsOf(deviceSignIn),
  },
  {
    method: 'username_password',
    label: 'User name and password',
    summary: 'A service account signs in once with its password, which is not stored.',
    warnings: [
      useServiceAccount,
      'It fails if multi-factor sign-in is required, which most organizations do.',
      'A changed password may end the connection.',
    ],
    submit: postTo('credentials'),
    fields: fieldsOf(usernamePassword),
  },
];

export const connectorTypes = [
  { type: connectorType.value, label: 'Azure Data Factory', methods },
] as const;

/** Fields of a request schema, except the method. */
function fieldsOf(schema: z.ZodObject): FormField[] {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' });
  return Object.entries(properties)
    .filter(([name]) => name !== 'method')
    .map(([name, property]) => {
      const field = property as z.core.JSONSchema.BaseSchema;
      const secret = field.writeOnly === true;
      return {
        name,
        label: field.title!,
        secret,
        required: required.includes(name),
        input: inputOf(field, secret),
        help: field.description!,
      };
    });
}

function inputOf(
  { type, format }: z.core.JSONSchema.BaseSchema,
  secret: boolean,
): FormField['input'] {
  if (secret) return 'password';
  if (type === 'boolean') return 'checkbox';
  return format === 'date-time' ? 'date-time' : 'text';
}
