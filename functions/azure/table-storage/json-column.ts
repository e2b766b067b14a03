/** Columns that hold JSON text. */
import { z } from 'zod';

/** Parses the text and validates it with the schema of its type, so a row is never cast. */
export const jsonColumn = <T extends z.ZodType>(schema: T) =>
  z
    .string()
    .transform((text) => JSON.parse(text) as unknown)
    .pipe(schema);

/**
 * Requires a schema for every property of `T`, also for optional ones. Without it a new optional
 * property would be dropped when a row is read.
 */
export type SchemaShape<T> = { readonly [Key in keyof T]-?: z.ZodType };
