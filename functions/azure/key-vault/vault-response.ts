/**
 * Tells successes of Key Vault from those of another server. A proxy may send any page with the
 * status 200, so a success counts only if it names the secret of the request.
 */
import type { PipelinePolicy, PipelineRequest } from '@azure/core-rest-pipeline';
import { z } from 'zod';
import { serviceUnavailable } from '../availability';
import { parseJson } from './vault-error';

const list = z.object({ value: z.array(z.unknown()) });
const secret = z.object({ id: z.url() });

/** Throws ServiceUnavailableError for a success that is not one of Key Vault. */
export const throwForeignResponses: PipelinePolicy = {
  name: 'throwForeignResponses',
  async sendRequest(request, next) {
    const response = await next(request);
    if (response.status < 400 && !answers(request, parseJson(response.bodyAsText ?? '')))
      throw foreignResponse();
    return response;
  },
};

export const foreignResponse = () =>
  serviceUnavailable('key vault', new Error('The response is not one of Key Vault.'));

/**
 * Paths are `/secrets`, `/secrets/{name}[/{version}]`, `/secrets/{name}/versions` and the same of
 * `/deletedsecrets` with `/recover`.
 */
function answers({ url }: PipelineRequest, body: unknown): boolean {
  const [, name = '', version = ''] = segmentsOf(url);
  if (name === '' || version === 'versions') return list.safeParse(body).success;
  const { data } = secret.safeParse(body);
  if (!data) return false;
  const [, foundName, foundVersion] = segmentsOf(data.id);
  const isNamed = foundName === name.toLowerCase();
  return isNamed && (version === '' || version === 'recover' || foundVersion === version);
}

/** Names in Key Vault are compared without case. */
const segmentsOf = (url: string): readonly string[] =>
  new URL(url).pathname.toLowerCase().split('/').slice(1);
