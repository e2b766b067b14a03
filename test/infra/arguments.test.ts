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

describe('--in-memory', () => {
  it('keeps storage off the disk, where it is by default', () => {
    expect(readArguments([]).inMemory).toBe(false);
    expect(readArguments(['--in-memory']).inMemory).toBe(true);
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

describe('--hop and --redeliver', () => {
  it('make the queues of Durable Functions unkind', () => {
    expect(readArguments([]).delivery).toEqual({});
    expect(readArguments(['--hop', '30-200', '--redeliver', '0.1']).delivery).toEqual({
      hopMs: [30, 200],
      redeliver: 0.1,
    });
    expect(readArguments(['--hop', '50']).delivery).toEqual({ hopMs: [50, 50] });
  });

  it.each(['--hop=200-30', '--hop=slow', '--redeliver=2', '--redeliver=-1'])(
    'reject %s',
    (text) => {
      expect(() => readArguments([text])).toThrow(`${text.split('=')[0]} takes`);
    },
  );
});

describe('--scim-profile', () => {
  it('is that of Entra ID unless no connection is wanted', () => {
    expect(readArguments([]).scimProfile).toBe('entra');
    expect(readArguments(['--scim-profile=strict']).scimProfile).toBe('strict');
    expect(readArguments(['--no-scim']).scimProfile).toBeUndefined();
  });

  it('rejects an unknown one', () => {
    expect(() => readArguments(['--scim-profile=google'])).toThrow('--scim-profile takes');
  });
});
