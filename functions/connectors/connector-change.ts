/** A change of the name or filters of a connector by a person. */
import type { z } from 'zod';
import { mergePatch } from '../storage/merge-patch';
import type { Connector } from './connector';
import { factoryFilters, type FactoryFilters, type factoryFiltersPatch } from './factory-filter';

export interface ConnectorChange {
  readonly name?: string | undefined;
  /** A merge patch. Null removes the filters. */
  readonly filters?: z.infer<typeof factoryFiltersPatch> | null | undefined;
}

/** Returns the connector itself if the change has no effect. */
export function withChange(
  connector: Connector,
  { name = connector.name, filters }: ConnectorChange,
  now: Date,
): Connector {
  const { filters: current, ...others } = connector;
  const next = withPatch(current, filters);
  const sameFilters = JSON.stringify(next) === JSON.stringify(current);
  if (sameFilters && name === connector.name) return connector;
  return {
    ...others,
    ...(next && { filters: next }),
    name,
    version: connector.version + 1,
    updatedAt: now.toISOString(),
  };
}

function withPatch(
  current: FactoryFilters | undefined,
  patch: ConnectorChange['filters'],
): FactoryFilters | undefined {
  if (patch === undefined) return current;
  return patch === null ? undefined : factoryFilters.parse(mergePatch(current, patch));
}
