/** A read-only tool that agents call over MCP. Each reads through endpoints of the API. */
import type { z } from 'zod';

/** Reads endpoints of the API as the caller, so a tool shows nothing that the API would refuse. */
export interface ApiReader {
  /** The response body of a GET endpoint, by its operation id. Throws what the endpoint throws. */
  read(operation: string, request: ApiRequest): Promise<unknown>;
}

export interface ApiRequest {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
}

export interface Tool<Input = unknown> {
  readonly name: string;
  readonly title: string;
  /** For the agent: when to use it, and which tool gives its arguments. */
  readonly description: string;
  readonly input: z.ZodObject & z.ZodType<Input>;
  /** The endpoints whose responses it returns. */
  readonly operations: readonly string[];
  readonly run: (input: Input, api: ApiReader) => Promise<unknown>;
}

/** Infers the type of the input from its schema. */
export const tool = <Input>(definition: Tool<Input>): Tool => definition as unknown as Tool;
