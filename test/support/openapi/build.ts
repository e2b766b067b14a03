/** Builds the OpenAPI document once for all test files of a run. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endpoints } from '../../../functions/endpoints';
import { openApi } from '../../../functions/http/openapi/openapi';
import { openApiFile } from './document';

// oxlint-disable-next-line import/no-default-export -- jest loads the default export
export default async function buildOpenApi(): Promise<void> {
  const file = join(await mkdtemp(join(tmpdir(), 'adf-connect-openapi-')), 'openapi.json');
  await writeFile(file, JSON.stringify(openApi(endpoints)));
  process.env[openApiFile] = file;
}
