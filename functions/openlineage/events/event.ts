/**
 * Events of OpenLineage 2-0-2 (https://openlineage.io/spec/2-0-2/OpenLineage.json), as far as this
 * module makes them. Equal input gives equal events, so a receiver that gets one twice has it once.
 */
import type { Facet } from './facets';

const schema = 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/';

export type Facets = Readonly<Record<string, Facet>>;

export interface JobName {
  readonly namespace: string;
  readonly name: string;
}

export interface OpenLineageDataset {
  readonly namespace: string;
  readonly name: string;
  readonly facets?: Facets;
  readonly inputFacets?: Facets;
  readonly outputFacets?: Facets;
}

interface BaseEvent {
  readonly eventTime: string;
  readonly producer: string;
  readonly schemaURL: string;
}

interface JobWithFacets extends JobName {
  readonly facets: Facets;
}

export interface JobEvent extends BaseEvent {
  readonly job: JobWithFacets;
  readonly inputs: readonly OpenLineageDataset[];
  readonly outputs: readonly OpenLineageDataset[];
}

export interface DatasetEvent extends BaseEvent {
  readonly dataset: OpenLineageDataset;
}

export type RunState = 'START' | 'COMPLETE' | 'FAIL' | 'ABORT';

export interface RunEvent extends JobEvent {
  readonly eventType: RunState;
  readonly run: { readonly runId: string; readonly facets: Facets };
}

export type OpenLineageEvent = JobEvent | DatasetEvent | RunEvent;

export const eventKinds = ['job', 'dataset', 'run'] as const;
export type EventKind = (typeof eventKinds)[number];

export const kindOf = (event: OpenLineageEvent): EventKind =>
  'dataset' in event ? 'dataset' : 'run' in event ? 'run' : 'job';

/** What all events have. `producer` is the URI of this deployment. */
export const baseEvent = (
  type: 'JobEvent' | 'DatasetEvent' | 'RunEvent',
  producer: string,
  eventTime: string,
): BaseEvent => ({ eventTime, producer, schemaURL: `${schema}${type}` });
