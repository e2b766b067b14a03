/** The OpenAPI document of this run, which takes half a second of each test file to build. */
import { readFileSync } from 'node:fs';
import type { OpenApiDocument } from '../../../functions/http/openapi/openapi';

/** The environment variable with the path of the document. Worker processes inherit it. */
export const openApiFile = 'ADF_CONNECT_TEST_OPENAPI';

export const builtOpenApi = (): OpenApiDocument =>
  JSON.parse(readFileSync(process.env[openApiFile]!, 'utf8')) as OpenApiDocument;
