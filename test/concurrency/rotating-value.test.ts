import { RotatingValue } from '../../functions/concurrency/rotating-value';

/** A worker that checks signatures, which are the value itself. */
function worker(vault: { value: string; loads: number }) {
  let nowMs = Date.UTC(2026, 0, 15);
  const key = new RotatingValue(
    async () => {
      vault.loads++;
      return vault.value;
    },
    (one, other) => one === other,
    () => new Date(nowMs),
  );
  return {
    key,
    accepts: (signed: string) => key.accepts((value) => value === signed),
    wait: (seconds: number) => void (nowMs += seconds * 1_000),
  };
}

describe('RotatingValue', () => {
  it('takes the new value at the first refusal', async () => {
    const vault = { value: 'old', loads: 0 };
    const one = worker(vault);
    await one.key.get();
    vault.value = 'new';

    expect(await one.accepts('new')).toBe(true);
    expect(await one.key.get()).toBe('new');
  });

  it('accepts what a worker with the old value has signed', async () => {
    const vault = { value: 'old', loads: 0 };
    const [one, other] = [worker(vault), worker(vault)];
    await Promise.all([one.key.get(), other.key.get()]);
    vault.value = 'new';
    await one.accepts('new');

    expect(await one.accepts(await other.key.get())).toBe(true);
    expect(await other.accepts(await one.key.get())).toBe(true);
  });

  it('loads once in ten seconds for wrong proofs', async () => {
    const vault = { value: 'key', loads: 0 };
    const one = worker(vault);

    for (let n = 0; n < 20; n++) expect(await one.accepts('wrong')).toBe(false);
    const soon = vault.loads;
    one.wait(10);
    await one.accepts('wrong');

    expect([soon, vault.loads]).toEqual([2, 3]);
  });

  it('keeps the value for a quarter of an hour', async () => {
    const vault = { value: 'old', loads: 0 };
    const one = worker(vault);
    await one.key.get();
    vault.value = 'new';

    one.wait(899);
    const before = await one.key.get();
    one.wait(1);

    expect([before, await one.key.get()]).toEqual(['old', 'new']);
  });
});
