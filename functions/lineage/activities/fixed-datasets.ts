/**
 * Datasets without expressions: each leads to the same asset in all activities, so it is resolved once
 * in a computation. Valid while no further document is loaded.
 */
import { hasExpression } from '../../data-factory/expressions/evaluate';
import { getField, getText, isObject, type Json } from '../../data-factory/json';
import type { UnitDocuments } from '../documents';
import type { NamedAsset } from '../assets/asset';
import type { DatasetLocation } from '../assets/dataset-location';
import type { Endpoint } from '../assets/endpoint';

export interface ResolvedDataset {
  readonly named: NamedAsset;
  readonly endpoint: Endpoint;
  readonly location: DatasetLocation;
  /** Names of the columns, if the dataset declares them. */
  readonly columns: readonly string[];
}

interface FixedDataset {
  readonly resolved: ResolvedDataset;
  /** Name of its linked service. */
  readonly service: string;
}

export class FixedDatasets {
  /** By the JSON of the dataset. */
  private readonly found = new Map<Json, FixedDataset>();
  private readonly fixed = new Map<Json, boolean>();

  /** Records the documents that the dataset depends on. */
  find(properties: Json, documents: UnitDocuments): ResolvedDataset | undefined {
    const known = this.found.get(properties);
    if (known) documents.properties('linkedService', known.service);
    return known?.resolved;
  }

  /**
   * Keeps a dataset if neither its name nor its linked service depends on the activity. A dataset
   * without a linked service is not kept, since each pipeline that uses it has a warning.
   */
  add(properties: Json, resolved: ResolvedDataset, documents: UnitDocuments): void {
    if (resolved.named.asset.kind !== 'asset' || !this.isFixed(properties)) return;
    const service = getText(getField(properties, 'linkedServiceName'), 'referenceName');
    if (service === undefined) return;
    const body = documents.properties('linkedService', service);
    if (body !== undefined && this.isFixed(body)) this.found.set(properties, { resolved, service });
  }

  private isFixed(json: Json): boolean {
    const known = this.fixed.get(json);
    if (known !== undefined) return known;
    const isFixed = !hasExpression(json);
    this.fixed.set(json, isFixed);
    return isFixed;
  }
}

export const passesValues = (parameters: Json | undefined): boolean =>
  isObject(parameters) && Object.keys(parameters).length > 0;
