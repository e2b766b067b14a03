/** One page of a list in Azure's format, with the active scenario applied. */
import type { EmulatorResponse } from '../../emulator/server';
import { ArmError, faultBody } from '../arm-error';
import type { Factory } from './factory';
import { kinds, type KindName } from './kinds';
import type { Call } from '../operation';
import type { Scenarios } from '../scenarios';
import type { ResourceList } from './resource-list';

interface PageRequest {
  readonly factory: Factory;
  readonly kind: KindName;
  readonly list: ResourceList;
  readonly call: Call;
}

const tokenName = '$skiptoken';

/** Prefix of a token whose page was returned empty before. */
const emptiedPrefix = 'emptied.';

export function pageResponse(
  scenarios: Scenarios,
  url: string,
  request: PageRequest,
): EmulatorResponse {
  const { factory, kind, list, call } = request;
  const { query, path } = call.request;
  const requestToken = query.get(tokenName) ?? undefined;
  const wasEmptied = requestToken?.startsWith(emptiedPrefix) === true;
  const token = wasEmptied ? requestToken.slice(emptiedPrefix.length) || undefined : requestToken;
  const { number, items, nextToken } = list.page(token);

  const here = { list: kind, page: number };
  const link = (to: string | undefined, host = url) =>
    `${host}${path}?api-version=${query.get('api-version')}${to ? `&${tokenName}=${to}` : ''}`;

  if (scenarios.draw('list-forbidden', factory.name, here))
    throw new ArmError(
      403,
      'AuthorizationFailed',
      `The client '${call.caller.oid}' with object id '${call.caller.oid}' does not have authorization to perform action 'Microsoft.DataFactory/factories/${kinds[kind].segment}/read' over scope '${factory.id}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
    );
  const failure = scenarios.draw('page-fails', factory.name, here);
  if (failure) return { status: failure.status, body: faultBody(failure.status) };
  if (!wasEmptied && scenarios.draw('page-empty', factory.name, here))
    return ok('', link(emptiedPrefix + (token ?? '')));
  const repeats = scenarios.draw('next-link-repeats', factory.name, here);
  if (repeats) return ok(items, link(requestToken));
  const foreign = scenarios.draw('next-link-strays', factory.name, here);
  if (foreign) return ok(items, link(nextToken, `https://${foreign.host}`));
  return ok(items, nextToken && link(nextToken));
}

function ok(items: string, nextLink: string | undefined): EmulatorResponse {
  const more = nextLink === undefined ? '' : `,"nextLink":${JSON.stringify(nextLink)}`;
  return {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: `{"value":[${items}]${more}}`,
  };
}
