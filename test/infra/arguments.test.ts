import { readArguments } from '../../infra/local/cli/arguments';

describe('--origin', () => {
  it('may be given several times', () => {
    const given = ['--origin', 'http://localhost:3000', '--origin=https://app.example.com:8443'];

    const { origins } = readArguments(given);

    expect(origins).toEqual(['http://localhost:3000', 'https://app.example.com:8443']);
  });

  it.each([
    'localhost:3000',
    'http://localhost:3000/',
    'https://app.example.com/path',
    'HTTPS://APP.EXAMPLE.COM',
    'https://app.example.com:443',
    'file:///tmp',
    '*',
  ])('rejects %s, which no browser sends', (text) => {
    expect(() => readArguments(['--origin', text])).toThrow('--origin takes an origin');
  });
});

describe('--workers', () => {
  it('is one by default', () => {
    expect(readArguments([]).workers).toBe(1);
    expect(readArguments(['--workers', '2']).workers).toBe(2);
  });

  it.each(['0', '9', 'two', '-1', '1.5'])('rejects %s', (text) => {
    expect(() => readArguments([`--workers=${text}`])).toThrow('--workers takes');
  });
});
