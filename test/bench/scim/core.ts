/**
 * Processor time of the SCIM core: filters, patches of users, member changes; then of the endpoint.
 * Needs no stack. `npm run bench` runs it in its own process.
 */
import { parseBody } from '../../../functions/scim/body';
import { matches } from '../../../functions/scim/filter/evaluate';
import { parseFilter } from '../../../functions/scim/filter/parse-filter';
import { parseNewResource } from '../../../functions/scim/parse-resource';
import { applyPatch } from '../../../functions/scim/patch/apply-patch';
import { parsePatch } from '../../../functions/scim/patch/patch-request';
import { profiles } from '../../../functions/scim/profile';
import { project } from '../../../functions/scim/query/projection';
import { toResource } from '../../../functions/scim/resource';
import { groupType, userType } from '../../../functions/scim/schema/resource-type';
import { atLeast, atMost, formatNumber, printFigure } from '../report';
import { benchEndpoint } from './in-process';

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const profile = profiles.entra;
/** The first rounds include compilation. */
const warmUpMs = 300;
const roundMs = 300;
const rounds = 3;

const user = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', enterprise],
  userName: 'adele.vance@contoso.example',
  externalId: '87d349ed-44d7-43e1-9a83-5f2406dee5bd',
  name: { givenName: 'Adele', familyName: 'Vance', formatted: 'Adele Vance' },
  displayName: 'Adele Vance',
  title: 'Product Marketing Manager',
  preferredLanguage: 'en-US',
  active: true,
  emails: [{ value: 'adele.vance@contoso.example', type: 'work', primary: true }],
  phoneNumbers: [{ value: '+1 425 555 0109', type: 'work' }],
  addresses: [{ type: 'work', streetAddress: '205 108th Ave. NE', locality: 'Bellevue' }],
  [enterprise]: { department: 'Retail', employeeNumber: '7', manager: { value: 'u2' } },
};
const { attributes } = parseNewResource(userType, user, profile);
const times = { createdAt: '2026-01-01T00:00:00Z', lastModifiedAt: '2026-01-02T00:00:00Z' };
const state = { id: 'u1', attributes, version: 1, ...times };
const baseUrl = 'https://example.com/api/scim/v2';
const resource = toResource(userType, state, { baseUrl });

const patchBytes = (...operations: readonly object[]) =>
  Buffer.from(
    JSON.stringify({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: operations,
    }),
  );
const disable = patchBytes({ op: 'Replace', path: 'active', value: 'False' });
const several = patchBytes(
  { op: 'replace', path: 'emails[type eq "work"].value', value: 'adele@contoso.example' },
  {
    op: 'replace',
    value: {
      displayName: 'Adele V.',
      'name.givenName': 'Adèle',
      [`${enterprise}:department`]: 'Sales',
    },
  },
);
const simpleFilter = 'userName eq "ADELE.VANCE@contoso.example"';
const longFilter =
  'active eq true and (emails[type eq "work" and value co "@contoso"] or externalId sw "87d3") ' +
  `and not (title pr and ${enterprise}:department eq "None") and meta.lastModified ge "2025-01-01T00:00:00Z"`;

const patchUser = (bytes: Uint8Array) =>
  applyPatch(userType, parsePatch(parseBody(bytes), userType, profile), state, profile);
const patchGroup = (bytes: Uint8Array) =>
  applyPatch(
    groupType,
    parsePatch(parseBody(bytes), groupType, profile),
    { id: 'g1', attributes: { displayName: 'A' } },
    profile,
  );
const evaluate = (text: string) => matches(parseFilter(text, [userType], profile), resource);
const ids = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ value: `${index}`.padStart(36, '0') }));
const addition = (count: number) => patchBytes({ op: 'add', path: 'members', value: ids(count) });

void main();

async function main(): Promise<void> {
  printFigure('SCIM core: one thread, without input or output');
  report('filter userName eq: parse and evaluate', () => evaluate(simpleFilter), 20_000);
  report('filter of seven conditions: parse and evaluate', () => evaluate(longFilter), 20_000);
  report('filter with an unknown attribute', () => refused(() => evaluate('userNmae eq "a"')));
  report('user: disable', () => patchUser(disable), 20_000);
  report('user: five attributes in two operations', () => patchUser(several), 20_000);
  report('user: create', () => parseNewResource(userType, user, profile));
  report('user: response with all attributes', () => project(resource, userType, {}));
  report('group: add one member', () => patchGroup(addition(1)), 20_000);
  const [few, many] = [addition(1_000), addition(10_000)];
  const ratio = perSecond(() => patchGroup(few)) / perSecond(() => patchGroup(many));
  printFigure('10,000 members against 1,000: time', atMost(ratio, 15, 'x'));
  await benchEndpoint();
}

function report(name: string, work: () => unknown, aim?: number): void {
  const rate = perSecond(work);
  printFigure(name, aim === undefined ? `${formatNumber(rate)} /s` : atLeast(rate, aim, '/s'));
}

function refused(work: () => unknown): void {
  try {
    work();
  } catch {
    return;
  }
  throw new Error('The filter was not refused.');
}

/** Calls for each second of processor time, of the best round: other processes can only slow it. */
function perSecond(work: () => unknown): number {
  repeat(work, warmUpMs);
  return Math.max(...Array.from({ length: rounds }, () => repeat(work, roundMs)));
}

function repeat(work: () => unknown, durationMs: number): number {
  const started = process.cpuUsage();
  const spentMs = () => {
    const { user: own, system } = process.cpuUsage(started);
    return (own + system) / 1_000;
  };
  let calls = 0;
  while (spentMs() < durationMs) {
    for (let call = 0; call < 20; call++) work();
    calls += 20;
  }
  return (calls * 1_000) / spentMs();
}
