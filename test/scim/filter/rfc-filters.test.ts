/** The filters of RFC 7644 section 3.4.2.2, on a user that each of them was written for. */
import { matches } from '../../../functions/scim/filter/evaluate';
import { babsResource, filterFor, filterForAll, guides } from '../support/resources';

describe('matches', () => {
  it.each([
    ['userName Eq "john"', false],
    ['Username eq "bjensen"', true],
    ['userName eq "bjensen"', true],
    ['name.familyName co "O\'Malley"', true],
    ['userName sw "J"', false],
    ['urn:ietf:params:scim:schemas:core:2.0:User:userName sw "B"', true],
    ['title pr', true],
    ['meta.lastModified gt "2011-05-13T04:42:34Z"', false],
    ['meta.lastModified ge "2011-05-13T04:42:34Z"', true],
    ['meta.lastModified lt "2011-05-13T04:42:34Z"', false],
    ['meta.lastModified le "2011-05-13T04:42:34Z"', true],
    ['title pr and userType eq "Employee"', true],
    ['title pr or userType eq "Intern"', true],
    ['schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"', true],
    ['userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")', true],
    [
      'userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")',
      false,
    ],
    ['userType eq "Employee" and (emails.type eq "work")', true],
    ['userType eq "Employee" and emails[type eq "work" and value co "@example.com"]', true],
    [
      'emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]',
      true,
    ],
    ['emails[type eq "home" and value co "@example.com"]', false],
    ['urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber eq "701984"', true],
    ['urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value pr', true],
  ])('decides %s', (text, expected) => {
    expect(matches(filterFor(text), babsResource)).toBe(expected);
    expect(matches(filterFor(text, 'entra'), babsResource)).toBe(expected);
  });

  it('finds users and groups in a search over all types', () => {
    const filter = filterForAll('(meta.resourceType eq User) or (meta.resourceType eq Group)');

    expect([babsResource, guides].map((one) => matches(filter, one))).toEqual([true, true]);
  });

  it('gives no value to attributes of another type', () => {
    const filter = filterForAll('userName pr or members[value eq "g2"]');
    const names = filterForAll('userName pr');

    expect([babsResource, guides].map((one) => matches(filter, one))).toEqual([true, true]);
    expect([babsResource, guides].map((one) => matches(names, one))).toEqual([true, false]);
  });
});
