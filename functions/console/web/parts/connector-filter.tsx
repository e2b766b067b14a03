/** Restricts a list to one connector. */
import { Select } from '@mantine/core';
import { useRead } from '../api/queries';

interface ConnectorFilterProps {
  /** Null for every connector. */
  readonly value: string | null;
  readonly onChange: (connectorId: string | null) => void;
}

/** The connectors that a filter offers. Pages that read them, too, share the request. */
export const useConnectors = () => useRead('listConnectors', { query: { limit: 100 } });

export function ConnectorFilter({ value, onChange }: ConnectorFilterProps) {
  const { data } = useConnectors();
  return (
    <Select
      label="Connector"
      placeholder="Any"
      data={(data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
      value={value}
      onChange={onChange}
      clearable
      searchable
      w={180}
    />
  );
}
