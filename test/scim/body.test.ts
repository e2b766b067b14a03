import { parseBody } from '../../functions/scim/body';
import { limits } from '../../functions/scim/limits';
import { scimErrorOf } from './support/resources';

const parse = (text: string) => parseBody(Buffer.from(text));

describe('parseBody', () => {
  it('reads an object', () => {
    expect(parse('{"userName":"é🙂"}')).toEqual({ userName: 'é🙂' });
  });

  it.each([
    ['no JSON', '{'],
    ['nothing', ''],
    ['a list', '[]'],
    ['null', 'null'],
    ['the key __proto__', '{"name":{"__proto__":{"x":1}}}'],
    ['the key constructor', '[{"constructor":1}]'],
    ['the key prototype', '{"a":[{"prototype":1}]}'],
    ['a lone surrogate', '{"a":"\\ud800"}'],
    ['a lone low surrogate', '{"a":"x\\udc00"}'],
    ['a lone surrogate in a key', '{"\\ud800":1}'],
    ['10,000 levels', '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000)],
    ['a million brackets', '['.repeat(1_000_000)],
  ])('refuses %s', (_what, text) => {
    expect(scimErrorOf(() => parse(text))).toMatchObject({
      status: 400,
      scimType: 'invalidSyntax',
    });
  });

  it('refuses bytes that are not UTF-8', () => {
    const error = scimErrorOf(() => parseBody(new Uint8Array([0x7b, 0xff, 0x7d])));

    expect(error.scimType).toBe('invalidSyntax');
  });

  it('refuses more than a mebibyte with 413', () => {
    const text = `{"a":"${'x'.repeat(limits.bodyBytes)}"}`;

    expect(scimErrorOf(() => parse(text)).status).toBe(413);
  });
});
