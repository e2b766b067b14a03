/** Facets by their published schemas (https://openlineage.io/spec/facets/). */
import type { Json } from '../../data-factory/json';

/** Versions of the schemas. */
const versions = {
  JobTypeJobFacet: '2-0-3',
  DocumentationJobFacet: '1-1-0',
  SQLJobFacet: '1-1-0',
  SourceCodeJobFacet: '1-0-1',
  DocumentationDatasetFacet: '1-1-0',
  SchemaDatasetFacet: '1-1-1',
  ColumnLineageDatasetFacet: '1-2-0',
  InputStatisticsInputDatasetFacet: '1-0-0',
  OutputStatisticsOutputDatasetFacet: '1-0-2',
  ParentRunFacet: '1-1-0',
  NominalTimeRunFacet: '1-0-1',
  ErrorMessageRunFacet: '1-0-1',
} as const;

export type FacetName = keyof typeof versions;

export interface Facet {
  readonly _producer: string;
  readonly _schemaURL: string;
  readonly [member: string]: Json;
}

export type MakeFacet = (name: FacetName, members: Readonly<Record<string, Json>>) => Facet;

export const facetsOf =
  (producer: string): MakeFacet =>
  (name, members) => ({
    _producer: producer,
    _schemaURL: `https://openlineage.io/spec/facets/${versions[name]}/${name}.json#/$defs/${name}`,
    ...members,
  });

/** A facet of our own. Its schema is that of any facet of a job. */
export const customJobFacet = (
  producer: string,
  members: Readonly<Record<string, Json>>,
): Facet => ({
  _producer: producer,
  _schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobFacet',
  ...members,
});
