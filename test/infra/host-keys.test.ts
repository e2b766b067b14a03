import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAllowed, openKeys, presentedKey } from '../../infra/local/function-app/http/keys';

describe('the keys of the host', () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'host-keys-'))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('stay the same and are readable by the owner only', async () => {
    const first = await openKeys(folder);

    expect(await openKeys(folder)).toEqual(first);
    expect((await stat(join(folder, 'keys.json'))).mode & 0o777).toBe(0o600);
    expect(new Set(Object.values(first)).size).toBe(3);
  });

  it('fail with the file name if the file is damaged', async () => {
    await writeFile(join(folder, 'keys.json'), '{');

    await expect(openKeys(folder)).rejects.toThrow('keys.json is damaged');
  });

  it.each([
    ['anonymous', undefined, true],
    ['function', undefined, false],
    ['function', '', false],
    ['function', 'f', true],
    ['function', 'd', false],
    ['function', 'm', true],
    ['system', 'd', true],
    ['system', 'f', false],
    ['admin', 'f', false],
    ['admin', 'd', false],
    ['admin', 'm', true],
  ] as const)('for the level %s, given %s, grant access: %s', (level, key, opens) => {
    expect(isAllowed({ master: 'm', function: 'f', durableTask: 'd' }, level, key)).toBe(opens);
  });

  it('are read from the header before the query', () => {
    const query = new URLSearchParams('code=q');

    expect(presentedKey({ 'x-functions-key': 'h' }, query)).toBe('h');
    expect(presentedKey({}, query)).toBe('q');
  });
});
