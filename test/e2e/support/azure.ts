/** Reads Resource Manager directly with the customer's app, as the reference for the catalog. */
import type { StackDescription } from '../../../infra/local/stack/stack';

export type Raw = Record<string, any>;

/** Reads every page of a list. */
export async function resourceManagerList(
  description: StackDescription,
  path: string,
): Promise<Raw[]> {
  const headers = { authorization: `Bearer ${await accessToken(description)}` };
  const items: Raw[] = [];
  let next: string | undefined =
    `${description.azure.resourceManagerUrl}${path}?api-version=2018-06-01`;
  while (next !== undefined) {
    const response = await fetch(next, { headers });
    const page = (await response.json()) as { value: Raw[]; nextLink?: string };
    items.push(...page.value);
    next = page.nextLink;
  }
  return items;
}

async function accessToken({ azure, sample }: StackDescription): Promise<string> {
  const response = await fetch(`${azure.entraUrl}/${sample.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: sample.clientId,
      client_secret: sample.clientSecret,
      scope: 'https://management.azure.com/.default',
    }),
  });
  return ((await response.json()) as { access_token: string }).access_token;
}

/** Assignments of one role at a scope. */
export async function roleAssignmentsAt(
  description: StackDescription,
  scope: string,
  roleId: string,
): Promise<Raw[]> {
  const headers = { authorization: `Bearer ${await accessToken(description)}` };
  const path = `${scope}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=atScope()`;
  const response = await fetch(`${description.azure.resourceManagerUrl}${path}`, { headers });
  const { value } = (await response.json()) as { value: Raw[] };
  return value
    .map(({ properties }) => properties as Raw)
    .filter((each) => each['scope'] === scope && String(each['roleDefinitionId']).endsWith(roleId));
}

/** Paths at which the copy differs from the source. A redacted value is no difference. */
export function differences(source: unknown, copy: unknown, at = ''): string[] {
  if (typeof copy === 'string' && copy.includes('[redacted]')) return [];
  if (typeof source !== 'object' || source === null || typeof copy !== 'object' || copy === null)
    return Object.is(source, copy)
      ? []
      : [`${at}: ${JSON.stringify(source)} became ${JSON.stringify(copy)}`];
  const keys = new Set([...Object.keys(source), ...Object.keys(copy)]);
  return [...keys].flatMap((key) =>
    differences((source as Raw)[key], (copy as Raw)[key], `${at}/${key}`),
  );
}
