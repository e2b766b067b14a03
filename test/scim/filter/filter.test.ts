import { matches } from '../../../functions/scim/filter/evaluate';
import { equalities, attributesRead, valuesNamed } from '../../../functions/scim/filter/lookups';
import { limits } from '../../../functions/scim/limits';
import type { ProfileName } from '../../../functions/scim/profile';
import { babsResource, filterFor, scimErrorOf } from '../support/resources';

const holds = (text: string, profile: ProfileName = 'strict') =>
  matches(filterFor(text, profile), babsResource);

describe('parseFilter', () => {
  it.each([
    ['binds and before or', 'title pr or nickName pr and nickName pr', true],
    ['obeys parentheses', '(title pr or nickName pr) and nickName pr', false],
    ['binds not to its parentheses', 'not (nickName pr) and title pr', true],
    ['reads not without a space', 'not(nickName pr)', true],
    ['reads not of not', 'not (not (title pr))', true],
    ['ignores the case of operators', 'userName EQ "bjensen" AND title PR', true],
    ['reads spaces around parentheses', ' ( title pr )  and ( userName  sw "b" ) ', true],
    ['reads escapes in texts', 'userName eq "bj\\u0065nsen"', true],
    ['reads quotes in texts', 'userName ne "a\\"b"', true],
    ['reads brackets in texts', 'userName ne "a] or (title pr)"', true],
    [
      'ignores the case of schema URIs',
      'URN:ietf:params:scim:schemas:core:2.0:user:title pr',
      true,
    ],
  ])('%s', (_what, text, expected) => {
    expect(holds(text)).toBe(expected);
  });

  it.each([
    ['an empty text', ''],
    ['spaces', '   '],
    ['an attribute alone', 'userName'],
    ['an unknown operator', 'userName is "a"'],
    ['a missing value', 'userName eq'],
    ['single quotes', "userName eq 'a'"],
    ['an unclosed text', 'userName eq "a'],
    ['a text that ends in a backslash', 'userName eq "a\\'],
    ['a text with a bad escape', 'userName eq "\\x"'],
    ['an unclosed parenthesis', '(title pr'],
    ['a parenthesis too many', 'title pr)'],
    ['an unclosed bracket', 'emails[type eq "work"'],
    ['an empty bracket', 'emails[]'],
    ['brackets in brackets', 'emails[emails[type pr]]'],
    ['brackets after a simple attribute', 'userName[value eq "a"]'],
    ['two conditions without an operator', 'title pr title pr'],
    ['an operator at the end', 'title pr and'],
    ['not without parentheses', 'not title pr'],
    ['a number that is no number', 'userName eq 0x10'],
    ['an unquoted word', 'userName eq bjensen'],
    ['a path after brackets', 'emails[type eq "work"].value eq "a"'],
  ])('refuses %s', (_what, text) => {
    expect(scimErrorOf(() => filterFor(text))).toMatchObject({
      status: 400,
      scimType: 'invalidFilter',
    });
  });

  it.each([
    ['gt of a boolean', 'active gt true'],
    ['co of a boolean', 'active co true'],
    ['a text as boolean', 'active eq "true"'],
    ['a number as text', 'userName eq 1'],
    ['a boolean as text', 'userName eq true'],
    ['gt of a binary', 'x509Certificates.value gt "a"'],
    ['a date that is none', 'meta.created gt "yesterday"'],
    ['a number as date', 'meta.created gt 1'],
    ['a complex attribute without value', 'name eq "a"'],
    ['gt of null', 'title gt null'],
    ['a password', 'password eq "a"'],
    ['a whole schema', 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User eq "a"'],
  ])('refuses to compare %s', (_what, text) => {
    expect(scimErrorOf(() => filterFor(text)).scimType).toBe('invalidFilter');
  });

  it.each(['entra', 'okta'] as const)('accepts the shapes of %s', (profile) => {
    expect(holds('active eq "True"', profile)).toBe(true);
    expect(holds('emails[primary eq "true"].value eq "BJENSEN@example.com"', profile)).toBe(true);
    expect(holds('emails[type eq "home"].value eq "bjensen@example.com"', profile)).toBe(false);
    expect(holds('emails[type eq "home"].value pr', profile)).toBe(true);
  });

  it.each([
    ['10,000 parentheses', '('.repeat(10_000)],
    ['10,000 nots', 'not ('.repeat(10_000)],
    ['parentheses within the length', `${'('.repeat(60)}title pr${')'.repeat(60)}`],
    ['a long text', `userName eq "${'a'.repeat(limits.filterLength)}"`],
  ])('refuses %s', (_what, text) => {
    expect(scimErrorOf(() => filterFor(text)).scimType).toBe('invalidFilter');
  });

  it('reads the greatest depth and many conditions', () => {
    const deep = `${'('.repeat(50)}title pr${')'.repeat(50)}`;
    const wide = Array.from({ length: 300 }, () => 'title pr').join(' or ');

    expect(holds(deep)).toBe(true);
    expect(holds(wide)).toBe(true);
  });

  it.each(['__proto__', 'constructor', 'prototype', 'constructor.prototype', 'name.__proto__'])(
    'refuses the name %s',
    (name) => {
      expect(scimErrorOf(() => filterFor(`${name} pr`)).scimType).toBe('invalidFilter');
    },
  );

  it.each([
    ['userNmae pr', 'Did you mean userName?'],
    ['mail pr', 'Did you mean emails?'],
    ['name.firstName pr', 'Known: formatted, familyName, givenName'],
    ['employeNumber pr', 'enterprise:2.0:User:employeeNumber?'],
    ['emails[typ eq "a"]', 'Did you mean type?'],
    ['quux pr', 'Known: schemas, id, externalId'],
  ])('names the nearest attributes to %s', (text, advice) => {
    expect(scimErrorOf(() => filterFor(text)).message).toContain(advice);
  });

  it('never repeats a value in its error', () => {
    expect(scimErrorOf(() => filterFor('userName eq "canary" x')).message).not.toContain('canary');
    expect(scimErrorOf(() => filterFor('active eq "canary"', 'entra')).message).not.toContain(
      'canary',
    );
  });
});

describe('matches', () => {
  it.each([
    ['ignores case unless an attribute is caseExact', 'userName eq "BJENSEN"', true],
    ['regards case if an attribute is caseExact', 'externalId eq "ext-1"', false],
    ['finds the exact case', 'externalId eq "Ext-1"', true],
    ['regards case in sw if caseExact', 'externalId sw "ext"', false],
    ['ignores case in co', 'emails.value co "EXAMPLE.com"', true],
    ['compares times, not texts', 'meta.created eq "2010-01-23T05:56:22+01:00"', true],
    ['compares times without a zone as UTC', 'meta.created ge "2010-01-23T04:56:22"', true],
    ['searches times as texts', 'meta.created sw "2010-01"', true],
    ['compares booleans', 'active ne false', true],
    ['takes null as no value', 'nickName eq null and title ne null', true],
    ['takes a missing value as not equal', 'nickName ne "a"', true],
    ['finds no missing value', 'nickName sw ""', false],
    ['orders texts', 'userName gt "a" and userName lt "c"', true],
    ['finds a value that differs', 'emails.type ne "work"', true],
    ['binds brackets to one value', 'emails[type eq "home" and primary eq true]', false],
    [
      'finds values across conditions without brackets',
      'emails.type eq "home" and emails.primary eq true',
      true,
    ],
    ['negates inside brackets', 'emails[not (type eq "work")]', true],
    [
      'sees the presence of an extension',
      `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User pr`,
      true,
    ],
    [
      'sees the absence of an extension',
      `urn:adf-connect:scim:schemas:extension:azure:2.0:User pr`,
      false,
    ],
    ['reads groups', 'groups.value eq "g1"', true],
  ])('%s', (_what, text, expected) => {
    expect(holds(text)).toBe(expected);
  });

  it('takes values as data', () => {
    expect(holds('userName eq "x\\" or title pr or userName eq \\"y"')).toBe(false);
  });
});

describe('equalities', () => {
  it.each([
    ['userName eq "A"', [['userName', 'A']]],
    [
      'userName eq "a" and (active eq true and id eq "1")',
      [
        ['userName', 'a'],
        ['active', true],
        ['id', '1'],
      ],
    ],
    ['emails[type eq "work"] and title pr', [['emails.type', 'work']]],
    ['userName eq "a" or id eq "1"', []],
    ['not (userName eq "a")', []],
    ['userName ne "a"', []],
  ])('of %s are those that every match meets', (text, expected) => {
    expect(equalities(filterFor(text)).map(({ path, value }) => [path, value])).toEqual(expected);
  });
});

describe('attributesRead', () => {
  it('names attributes without their sub-attributes', () => {
    const filter = filterFor(
      'not (groups.value eq "g1" or meta.created pr) and emails[type pr] and urn:ietf:params:scim:schemas:extension:enterprise:2.0:User pr',
    );

    expect([...attributesRead(filter)]).toEqual([
      'groups',
      'meta',
      'emails',
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
    ]);
  });
});

describe('valuesNamed', () => {
  it.each([
    ['emails.value eq "a" or emails.value eq "b"', ['a', 'b']],
    ['emails.value eq "a" and title pr', ['a']],
    ['emails.value eq "a" or title pr', undefined],
    ['emails.value sw "a"', undefined],
    ['not (emails.value eq "a")', undefined],
  ])('of %s are %j', (text, expected) => {
    expect(valuesNamed(filterFor(text), 'value')).toEqual(expected);
  });
});
