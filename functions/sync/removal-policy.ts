/**
 * Decides what becomes of the stored resources of a factory, from all evidence of a sync run. Only
 * evidence that nothing contradicts hides resources. Pure: imported by orchestrators.
 */
import type { ListFailure } from '../catalog/mirror/mirror-messages';

/** What Azure says about the factory itself. */
export type FactoryAnswer =
  | 'found'
  /** Azure knows the subscription, but not the resource or its group. */
  | 'gone'
  /** The factory, or its subscription, is not visible to the identity of the connector. */
  | 'denied'
  /** No answer, or one that says nothing about the factory, such as the HTML of a proxy. */
  | 'unclear';

/** What Azure says about the lists of the factory. */
export type ListsAnswer =
  /** At least one list was read. */
  | 'read'
  /** Every list answered that the factory is gone. */
  | 'gone'
  | 'failed';

/** `unlisted_with_most`: so many factories are not listed that discovery itself is in doubt. */
export type DiscoveryAnswer = 'listed' | 'unlisted' | 'unlisted_with_most' | 'not_asked';

export interface RemovalEvidence {
  readonly factory: FactoryAnswer;
  readonly lists: ListsAnswer;
  readonly discovery: DiscoveryAnswer;
  /** Whether the factory was already gone when an earlier sync run asked for it last. */
  readonly wasGone: boolean;
}

/** `hold`: hide the resources, but do not purge them until an Owner confirms their removal. */
export type RemovalDecision = 'keep' | 'no_access' | 'hold' | 'hide';

export function decideRemoval(evidence: RemovalEvidence): RemovalDecision {
  const { factory, lists, discovery, wasGone } = evidence;
  // What Azure returns of a factory is stronger than any statement that it does not exist.
  if (factory === 'found' || lists === 'read') return 'keep';
  if (factory === 'denied') return 'no_access';
  if (factory === 'unclear') return 'keep';
  // Discovery and Azure agree, so one sync run is enough.
  if (lists === 'gone' && discovery === 'unlisted') return 'hide';
  if (lists === 'gone' && discovery === 'unlisted_with_most') return 'hold';
  // A retry follows at once, perhaps within the same outage, and hears nothing from discovery.
  if (discovery === 'not_asked') return 'keep';
  // The evidence is incomplete: only a second sync run with the same answer hides anything.
  return wasGone ? 'hold' : 'keep';
}

const goneCodes = new Set(['resourcenotfound', 'resourcegroupnotfound', 'parentresourcenotfound']);
const accessDenied = 'resource_manager_access_denied';
/** Azure responds so to a caller without access, too: it does not reveal subscriptions. */
const subscriptionNotFound = 'subscriptionnotfound';

/** Interprets why a list failed. Undefined for a list that was read. */
export function factoryAnswerOf(failure: ListFailure | undefined): FactoryAnswer {
  if (!failure) return 'found';
  const status = failure.response?.status;
  const code = failure.response?.code?.toLowerCase() ?? '';
  if (failure.code === accessDenied || code === subscriptionNotFound) return 'denied';
  return status === 404 && goneCodes.has(code) ? 'gone' : 'unclear';
}

/** `failures` are those of all lists but the factory itself; `count` is the number of these lists. */
export function listsAnswerOf(failures: readonly ListFailure[], count: number): ListsAnswer {
  if (failures.length < count) return 'read';
  return failures.every((each) => factoryAnswerOf(each) === 'gone') ? 'gone' : 'failed';
}
