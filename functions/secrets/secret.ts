/**
 * A value that must not be printed. Logging, serialising or inspecting it shows a placeholder; only
 * reveal() gives the text, so that `grep reveal` lists every place where a secret leaves its wrapper.
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

/** A write-only field of a request: text on the wire, a Secret from then on. */
export const secretText = (maxLength: number) =>
  z
    .string()
    .min(1)
    .max(maxLength)
    .meta({ format: 'password', writeOnly: true })
    .transform((text) => new Secret(text));
