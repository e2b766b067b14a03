import type { ConnectorKey } from '../storage/connector-key';
import type { Json } from './json';
import type { FactoryRef, ListedKind, TaggedFactory } from './resource';

/** URLs of the lists that remain to be read, in order. Only the reader interprets them. */
export type SourceCursor = readonly string[];

export interface SourcePage {
  readonly items: readonly Json[];
  /** The virtual network of listed private endpoints. Absent for every other kind. */
  readonly parent?: string;
  /** Absent on the last page. */
  readonly cursor?: SourceCursor;
}

/** Responses that lists of several kinds need, by URL. A caller that reads kinds together keeps it. */
export type SharedResponses = Map<string, Promise<Json>>;

/**
 * Data Factory as the identity of a connector sees it. After its retries, a method throws
 * ThrottledError if the wait is longer than a step may take, RefusedError without access,
 * NotFoundError for a missing object, else UpstreamError.
 */
export interface FactoryReader {
  /** Every factory that the connector can read, in all subscriptions, each once. */
  discover(connector: ConnectorKey): Promise<readonly TaggedFactory[]>;
  readPage(
    connector: ConnectorKey,
    factory: FactoryRef,
    kind: ListedKind,
    cursor?: SourceCursor,
    shared?: SharedResponses,
  ): Promise<SourcePage>;
}
