/** The requests that Okta documents (https://developer.okta.com/docs/api/openapi/okta-scim/guides/scim-20). */
import { babs, patchGroup, patchUser, scimErrorOf } from '../support/resources';

describe('applyPatch for Okta', () => {
  it.each([false, true])('sets active to %s without a path', (active) => {
    const { attributes } = patchUser([{ op: 'replace', value: { active } }], 'okta');

    expect(attributes).toEqual({ ...babs, active });
  });

  it('renames a group without a path and leaves its members', () => {
    const operation = { op: 'replace', value: { id: 'g1', displayName: 'Guides' } };

    const { attributes, members } = patchGroup([operation], 'okta');

    expect(attributes).toEqual({ displayName: 'Guides' });
    expect(members).toEqual({
      clear: false,
      add: new Map(),
      remove: new Set(),
      removeMatching: [],
    });
  });

  it('refuses to rename another group', () => {
    const operation = { op: 'replace', value: { id: 'g2', displayName: 'Guides' } };

    expect(scimErrorOf(() => patchGroup([operation], 'okta')).scimType).toBe('mutability');
  });

  it('removes and adds members in one request', () => {
    const { members } = patchGroup(
      [
        { op: 'remove', path: 'members[value eq "u1"]' },
        { op: 'add', path: 'members', value: [{ value: 'u2', display: 'u2@okta.example' }] },
      ],
      'okta',
    );

    expect([...members!.remove]).toEqual(['u1']);
    expect([...members!.add.values()]).toEqual([{ value: 'u2' }]);
  });

  it('replaces all members', () => {
    const value = [{ value: 'u1', display: 'a' }, { value: 'u2', display: 'b' }, { value: 'u1' }];

    const { members } = patchGroup([{ op: 'replace', path: 'members', value }], 'okta');

    expect([members!.clear, ...members!.add.keys()]).toEqual([true, 'u1', 'u2']);
  });

  it('replaces all members without a path', () => {
    const operation = { op: 'replace', value: { members: [{ value: 'u1' }] } };

    expect(patchGroup([operation], 'okta').members).toMatchObject({ clear: true });
  });
});
