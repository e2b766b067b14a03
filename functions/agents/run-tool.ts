/** Runs a tool: validates its arguments, reads through the API, and bounds the answer. */
import type { z } from 'zod';
import { isTooLong, offset, toAnswer, type Answer } from './answer';
import type { ApiReader, Tool } from './tool';

/** The arguments of a tool, with those that all tools take. */
export const inputOf = ({ input }: Tool) => input.extend({ offset });

/** Throws a ZodError for arguments that the tool does not take, and what the API throws. */
export async function runTool(tool: Tool, given: unknown, api: ApiReader): Promise<Answer> {
  const { offset: from, ...input } = inputOf(tool).parse(given) as { readonly offset: number };
  let response = await tool.run(input, api);
  let { limit } = input as { readonly limit?: number };
  // A page of one item that is still too long is answered in parts.
  while (limit !== undefined && limit > 1 && from === 0 && isTooLong(response)) {
    limit = Math.ceil(limit / 4);
    response = await tool.run({ ...input, limit }, api);
  }
  return toAnswer(response, from);
}

/** The sentences that tell an agent which arguments are wrong. */
export const explainArguments = (error: z.ZodError): string =>
  error.issues
    .map(({ path, message }) => `${path.join('.') || 'arguments'}: ${message}`)
    .join('\n');
