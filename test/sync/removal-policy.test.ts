import {
  decideRemoval,
  factoryAnswerOf,
  listsAnswerOf,
  type DiscoveryAnswer,
  type FactoryAnswer,
  type ListsAnswer,
  type RemovalDecision,
} from '../../functions/sync/removal-policy';

const discoveries: readonly DiscoveryAnswer[] = [
  'listed',
  'unlisted',
  'unlisted_with_most',
  'not_asked',
];

/** Decisions in the order of `discoveries`: for the first sync run, then if it was gone before. */
const table: Record<FactoryAnswer, Record<ListsAnswer, string>> = {
  found: {
    read: 'keep keep keep keep       keep keep keep keep',
    gone: 'keep keep keep keep       keep keep keep keep',
    failed: 'keep keep keep keep     keep keep keep keep',
  },
  gone: {
    read: 'keep keep keep keep       keep keep keep keep',
    gone: 'keep hide hold keep       hold hide hold keep',
    failed: 'keep keep keep keep     hold hold hold keep',
  },
  denied: {
    read: 'keep keep keep keep       keep keep keep keep',
    gone: 'no_access no_access no_access no_access     no_access no_access no_access no_access',
    failed: 'no_access no_access no_access no_access   no_access no_access no_access no_access',
  },
  unclear: {
    read: 'keep keep keep keep       keep keep keep keep',
    gone: 'keep keep keep keep       keep keep keep keep',
    failed: 'keep keep keep keep     keep keep keep keep',
  },
};

const combinations = Object.entries(table).flatMap(([factory, byLists]) =>
  Object.entries(byLists).flatMap(([lists, decisions]) =>
    decisions.split(/ +/).map((decision, n) => ({
      factory: factory as FactoryAnswer,
      lists: lists as ListsAnswer,
      discovery: discoveries[n % discoveries.length]!,
      wasGone: n >= discoveries.length,
      decision: decision as RemovalDecision,
    })),
  ),
);

const notFound = (code?: string) => ({
  code: 'resource_manager_not_found',
  message: 'No.',
  response: { status: 404, ...(code !== undefined && { code }) },
});

describe('decideRemoval', () => {
  it('has a decision for every combination of evidence', () => {
    expect(combinations).toHaveLength(4 * 3 * 4 * 2);
  });

  it.each(combinations)(
    'factory $factory, lists $lists, $discovery, gone before $wasGone: $decision',
    ({ decision, ...evidence }) => {
      expect(decideRemoval(evidence)).toBe(decision);
    },
  );

  it('hides nothing in a retry, which does not ask discovery', () => {
    const retried = combinations.filter(({ discovery }) => discovery === 'not_asked');

    const decisions = retried.map(decideRemoval);
    expect(decisions).not.toContain('hide');
    expect(decisions).not.toContain('hold');
  });

  it('hides nothing that Azure returned in this sync run', () => {
    const returned = combinations.filter(
      (each) => each.factory === 'found' || each.lists === 'read',
    );

    expect([...new Set(returned.map(decideRemoval))]).toEqual(['keep']);
  });
});

describe('factoryAnswerOf', () => {
  it.each<[FactoryAnswer, number, string | undefined]>([
    ['gone', 404, 'ResourceNotFound'],
    ['gone', 404, 'resourcegroupnotfound'],
    ['gone', 404, 'ParentResourceNotFound'],
    ['denied', 404, 'SubscriptionNotFound'],
    ['unclear', 404, undefined],
    ['unclear', 404, 'NotFound'],
    ['unclear', 404, 'InvalidResourceType'],
    ['unclear', 410, 'ResourceNotFound'],
    ['unclear', 400, 'ResourceNotFound'],
    ['unclear', 401, 'ExpiredAuthenticationToken'],
  ])('is %s for status %i with code %s', (answer, status, code) => {
    const response = { status, ...(code !== undefined && { code }) };

    expect(factoryAnswerOf({ code: 'any', message: 'No.', response })).toBe(answer);
  });

  it('is found for a list that was read', () => {
    expect(factoryAnswerOf(undefined)).toBe('found');
  });

  it.each([401, 403])('is denied if access is denied with status %i', (status) => {
    const failure = {
      code: 'resource_manager_access_denied',
      message: 'No.',
      response: { status },
    };

    expect(factoryAnswerOf(failure)).toBe('denied');
  });

  it('is unclear without a response', () => {
    expect(factoryAnswerOf({ code: 'azure_no_response', message: 'No.' })).toBe('unclear');
  });
});

describe('listsAnswerOf', () => {
  it.each<[ListsAnswer, string, readonly (string | undefined)[]]>([
    ['read', 'one list is read', ['ResourceNotFound', 'ResourceNotFound']],
    ['gone', 'all are gone', ['ResourceNotFound', 'ParentResourceNotFound', 'ResourceNotFound']],
    ['failed', 'one fails otherwise', ['ResourceNotFound', undefined, 'ResourceNotFound']],
  ])('is %s if %s', (answer, _, codes) => {
    expect(listsAnswerOf(codes.map(notFound), 3)).toBe(answer);
  });
});
