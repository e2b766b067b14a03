import { namesVersion, weakTag } from '../../functions/scim/etag';
import { parseDateTime } from '../../functions/scim/date-time';
import { isBase64, isGuid } from '../../functions/scim/formats';

describe('namesVersion', () => {
  it.each([
    [weakTag(3), true],
    ['"3"', true],
    ['*', true],
    ['W/"1", W/"3"', true],
    [' W/"3" ', true],
    ['W/"30"', false],
    ['3', false],
    ['W/3', false],
    ['"', false],
    ['', false],
    [`${'W/"1",'.repeat(1_000)}W/"3"`, false],
  ])('decides %s', (header, expected) => {
    expect(namesVersion(header, 3)).toBe(expected);
  });
});

describe('parseDateTime', () => {
  it.each([
    ['2011-05-13T04:42:34Z', 1_305_261_754_000],
    ['2011-05-13T04:42:34', 1_305_261_754_000],
    ['2011-05-13T04:42:34.5Z', 1_305_261_754_500],
    ['2011-05-13T06:42:34+02:00', 1_305_261_754_000],
    ['2011-05-13T02:42:34-02:00', 1_305_261_754_000],
    ['2011-05-13', undefined],
    ['2011-13-13T04:42:34Z', undefined],
    ['2011-05-13T04:42:34 junk', undefined],
    ['May 13', undefined],
    ['1', undefined],
  ])('reads %s', (text, expected) => {
    expect(parseDateTime(text)).toBe(expected);
  });
});

describe('isGuid', () => {
  it.each([
    ['08e1d05d-121c-4561-8b96-473d93df9210', true],
    ['08E1D05D-121C-4561-8B96-473D93DF9210', true],
    ['08e1d05d121c45618b96473d93df9210', false],
    ['08e1d05d-121c-4561-8b96-473d93df921g', false],
    ['{08e1d05d-121c-4561-8b96-473d93df9210}', false],
  ])('decides %s', (text, expected) => {
    expect(isGuid(text)).toBe(expected);
  });
});

describe('isBase64', () => {
  it.each([
    ['', true],
    ['TWFu', true],
    ['TWE=', true],
    ['TQ==', true],
    ['TQ', true],
    ['T', false],
    ['T===', false],
    ['TW=u', false],
    ['TW u', false],
  ])('decides %j', (text, expected) => {
    expect(isBase64(text)).toBe(expected);
  });
});
