/** Objects in which one member says that another one is secret. */
import { getField, isObject, type JsonObject } from '../json';
import { judgeName } from './secret-names';
import { readText } from './text-reader';

/** `{ id: 'apiKey', text: '…' }` in a body. */
export const namesSecret = (value: JsonObject): boolean =>
  Object.values(value).some(
    (member) =>
      typeof member === 'string' &&
      /^[\p{L}_][\p{L}\p{N} _.-]{1,40}$/u.test(member) &&
      judgeName(member) === 'secret',
  );

export const contentKeys = /^(?:value|text|content|val|data|input|answer|default)$/i;

/** Whether a Switch compares something that has a secret name: `on: @variables('token')`. */
export function comparesSecret(value: JsonObject): boolean {
  const on = getField(value, 'on');
  const expression = isObject(on) ? getField(on, 'value') : on;
  if (typeof expression !== 'string' || !/^@(?!@)/.test(expression)) return false;
  const comparison = `@equals(${expression.slice(1)}, 'some value')`;
  return readText(comparison) !== comparison;
}
