/**
 * A value that must not be printed. Logging, serializing or inspecting it shows a placeholder. Only
 * reveal() returns the text, so `grep reveal` lists every place that uses one.
 */
import { inspect } from 'node:util';
import { z } from 'zod';

const placeholder = '[secret]';

export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return placeholder;
  }

  toJSON(): string {
    return placeholder;
  }

  [inspect.custom](): string {
    return placeholder;
  }
}

/** A write-only field of a request, which is parsed to a Secret. */
export const secretText = (maxLength: number) =>
  z
    .string()
    .min(1)
    .max(maxLength)
    .meta({ format: 'password', writeOnly: true })
    .transform((text) => new Secret(text));
