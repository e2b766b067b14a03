import { displayText } from '../../functions/http/display-text';

const name = displayText(10);

describe('displayText', () => {
  it.each([
    ['Ｓａｌｅｓ', 'Sales'],
    ['ﬁnance', 'finance'],
    ['e\u0301te\u0301', 'été'],
    ['  Sales ', 'Sales'],
    ['\u00a0Sales\u3000EU', 'Sales EU'],
    ['日本語', '日本語'],
    ['🚀', '🚀'],
  ])('normalizes %j to %j', (text, expected) => {
    expect(name.parse(text)).toBe(expected);
  });

  it.each([
    ['right-to-left override', 'a\u202eb'],
    ['right-to-left mark', 'a\u200fb'],
    ['bidi isolate', 'a\u2067b'],
    ['Arabic letter mark', 'a\u061cb'],
    ['zero-width space', 'a\u200bb'],
    ['zero-width joiner', 'a\u200db'],
    ['byte order mark within', 'a\ufeffb'],
    ['soft hyphen', 'a\u00adb'],
    ['word joiner', 'a\u2060b'],
    ['tag character', 'a\u{e0041}b'],
    ['variation selector', 'a\ufe0fb'],
    ['Hangul filler', 'a\u3164b'],
    ['Braille blank', 'a\u2800b'],
    ['line separator', 'a\u2028b'],
    ['line break', 'a\nb'],
    ['null', 'a\u0000b'],
    ['interlinear annotation', 'a\ufff9b'],
  ])('rejects a %s', (_, text) => {
    expect(name.safeParse(text).success).toBe(false);
  });

  it.each(['', '   ', '\u3000', 'x'.repeat(11), '\ufdfa'])('limits the length of %j', (text) => {
    expect(name.safeParse(text).success).toBe(false);
  });
});
