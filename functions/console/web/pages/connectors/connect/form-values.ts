/** Values of a form that is rendered from field descriptions. Pure, except for the focus. */
import type { FormField } from '../methods';

export type Values = Readonly<Record<string, string | boolean>>;

type Field = Pick<FormField, 'name' | 'secret' | 'input' | 'required'>;

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The body of the request: empty fields are left out, dates become times. */
export function bodyOf(fields: readonly Field[], values: Values): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const { name, input, secret } of fields) {
    const value = values[name];
    if (value === undefined || value === '' || value === false) continue;
    if (input === 'date-time') body[name] = `${String(value)}T00:00:00Z`;
    else body[name] = typeof value === 'string' && !secret ? value.trim() : value;
  }
  return body;
}

/** Secrets do not stay in the page after they were sent. */
export const emptySecrets = (fields: readonly Field[], values: Values): Values => ({
  ...values,
  ...Object.fromEntries(fields.filter(({ secret }) => secret).map(({ name }) => [name, ''])),
});

/** Says what was probably pasted by mistake, before it is sent. */
export function pasteHint({ name }: Pick<Field, 'name'>, value: string): string | undefined {
  const text = value.trim();
  if (text === '') return undefined;
  if (name === 'clientSecret' && guid.test(text))
    return 'This looks like the Secret ID. Paste the Value, which Entra shows once.';
  if (name === 'clientId' && !guid.test(text))
    return 'A client ID is a GUID, such as 0f0e1d2c-0000-4000-8000-0000000000a2.';
  if (name === 'tenantId' && !guid.test(text) && !text.includes('.'))
    return 'A tenant is a GUID or a domain, such as contoso.com.';
  return undefined;
}

export const isComplete = (fields: readonly Field[], values: Values): boolean =>
  fields.every(({ name, required }) => !required || (values[name] ?? '') !== '');

/** Moves the focus to the first field at fault. */
export function focusFirstError(
  form: HTMLFormElement | null,
  errors: Readonly<Record<string, string>>,
): void {
  const names = Object.keys(errors);
  const fields = [...(form?.querySelectorAll<HTMLElement>('[name]') ?? [])];
  fields.find((field) => names.includes(field.getAttribute('name') ?? ''))?.focus();
}
