import { describeConformance } from '../scim/conformance/conformance';
import { scimContext } from './scim-client';

describe.each(['entra', 'okta', 'strict'] as const)('the profile %s', (profile) => {
  describeConformance('handler', async () => (await scimContext({ profile })).scim);
});
