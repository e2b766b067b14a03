/**
 * Entra ID sends an app role as JSON inside the text `value`: `{"id": …, "value": "Admin",
 * "displayName": "Administrator"}`
 * (https://learn.microsoft.com/entra/identity/app-provisioning/customize-application-attributes).
 */
import { isObject, type JsonValue } from './json';
import type { SimpleValue } from './resource';

type Values = Readonly<Record<string, SimpleValue | undefined>>;

/** Takes value and display name out of the JSON. Every other text stays as it is. */
export function withoutRoleJson(role: Values): Values {
  const { value } = role;
  if (typeof value !== 'string' || !value.startsWith('{')) return role;
  const parsed = parseOrUndefined(value);
  if (!isObject(parsed) || typeof parsed['value'] !== 'string') return role;
  const display = parsed['displayName'] ?? parsed['display'];
  return {
    ...role,
    value: parsed['value'],
    ...(typeof display === 'string' && display !== '' && { display }),
  };
}

function parseOrUndefined(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    // A text that begins with a brace and is no JSON is the name of a role.
    return undefined;
  }
}
