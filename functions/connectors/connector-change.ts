/** A change of the name or filters of a connector by a person. */
import type { Connector } from './connector';
import type { FactoryFilters } from './factory-filter';

export interface ConnectorChange {
  readonly name?: string | undefined;
  /** Null removes the filters. */
  readonly filters?: FactoryFilters | null | undefined;
}

/** Returns the connector itself if the change has no effect. */
export function withChange(
  connector: Connector,
  { name = connector.name, filters }: ConnectorChange,
  now: Date,
): Connector {
  const { filters: current, ...others } = connector;
  const next = filters === undefined ? current : (filters ?? undefined);
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
