import { factoryFilters, matchesFilters } from '../../functions/connectors/factory-filter';

const sales = {
  subscriptionId: 'S1',
  resourceGroup: 'rg-data',
  name: 'Sales',
  tags: { Env: 'prod' },
};

describe('factory filters', () => {
  it.each([
    ['nothing', {}, true],
    ['its subscription included', { include: [{ subscriptionId: 's1' }] }, true],
    ['another included', { include: [{ factory: 'stock' }] }, false],
    ['one of two included', { include: [{ factory: 'stock' }, { factory: 'sales' }] }, true],
    ['only half a rule fits', { include: [{ factory: 'sales', resourceGroup: 'x' }] }, false],
    [
      'included and excluded',
      { include: [{ factory: 'sales' }], exclude: [{ resourceGroup: 'RG-DATA' }] },
      false,
    ],
    ['a tag', { include: [{ tag: { name: 'env' } }] }, true],
    ['the value of a tag', { include: [{ tag: { name: 'env', value: 'prod' } }] }, true],
    ['another value', { include: [{ tag: { name: 'env', value: 'PROD' } }] }, false],
    ['an excluded tag', { exclude: [{ tag: { name: 'ENV', value: 'prod' } }] }, false],
  ])('given %s, when a factory is looked at, then it is wanted or not', (_, filters, wanted) => {
    expect(matchesFilters(sales, factoryFilters.parse(filters))).toBe(wanted);
  });

  it('given tags that nobody knows, when rules ask for them, then in doubt the factory stays', () => {
    const { tags: _, ...untold } = sales;
    const rule = { tag: { name: 'env', value: 'test' } };

    expect(matchesFilters(untold, factoryFilters.parse({ include: [rule] }))).toBe(true);
    expect(matchesFilters(untold, factoryFilters.parse({ exclude: [rule] }))).toBe(true);
  });

  it.each([{ include: [{}] }, { include: [{ name: 'x' }] }, { exclude: [{ factory: ' ' }] }])(
    'given %j, when it is read, then it is no filter',
    (given) => expect(factoryFilters.safeParse(given).success).toBe(false),
  );
});
