/** Removes the OpenAPI document of a run. */
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { openApiFile } from './document';

// oxlint-disable-next-line import/no-default-export -- jest loads the default export
export default async function removeOpenApi(): Promise<void> {
  await rm(dirname(process.env[openApiFile]!), { recursive: true });
}
