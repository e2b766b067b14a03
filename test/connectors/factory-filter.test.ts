import { factoryFilters, matchesFilters } from '../../functions/connectors/factory-filter';

const sales = {
  subscriptionId: 'S1',
  resourceGroup: 'rg-data',
  name: 'Sales',
  tags: { Env: 'prod' },
};

describe('matchesFilters', () => {
  it.each([
    ['no filters', {}, true],
    ['its subscription included', { include: [{ subscriptionId: 's1' }] }, true],
    ['another factory included', { include: [{ factory: 'stock' }] }, false],
    ['one of two rules matching', { include: [{ factory: 'stock' }, { factory: 'sales' }] }, true],
    ['half a rule matching', { include: [{ factory: 'sales', resourceGroup: 'x' }] }, false],
    [
      'both including and excluding rules',
      { include: [{ factory: 'sales' }], exclude: [{ resourceGroup: 'RG-DATA' }] },
      false,
    ],
    ['a tag included', { include: [{ tag: { name: 'env' } }] }, true],
    ['the value of a tag included', { include: [{ tag: { name: 'env', value: 'prod' } }] }, true],
    [
      'another value of a tag included',
      { include: [{ tag: { name: 'env', value: 'PROD' } }] },
      false,
    ],
    ['a tag excluded', { exclude: [{ tag: { name: 'ENV', value: 'prod' } }] }, false],
  ])('with %s decides whether the factory matches', (_, filters, expected) => {
    expect(matchesFilters(sales, factoryFilters.parse(filters))).toBe(expected);
  });

  it('keeps a factory with unknown tags in doubt', () => {
    const { tags: _, ...untagged } = sales;
    const rule = { tag: { name: 'env', value: 'test' } };

    expect(matchesFilters(untagged, factoryFilters.parse({ include: [rule] }))).toBe(true);
    expect(matchesFilters(untagged, factoryFilters.parse({ exclude: [rule] }))).toBe(true);
  });

  it.each([{ include: [{}] }, { include: [{ name: 'x' }] }, { exclude: [{ factory: ' ' }] }])(
    'rejects %j',
    (given) => expect(factoryFilters.safeParse(given).success).toBe(false),
  );
});
