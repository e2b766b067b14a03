/** A table that becomes a list of cards on a narrow screen. */
import { Card, ScrollArea, Table, VisuallyHidden } from '@mantine/core';
import type { ReactNode } from 'react';

export interface Column<Row> {
  readonly label: string;
  readonly cell: (row: Row) => ReactNode;
  /** Replaces the label in the head, such as a button that sorts. */
  readonly head?: ReactNode;
  readonly align?: 'right';
  readonly sort?: 'ascending' | 'descending' | 'none' | undefined;
  /** The label is for screen readers only. */
  readonly hiddenLabel?: true;
}

interface Props<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
}

export function DataTable<Row>({ caption, columns, rows, keyOf }: Props<Row>) {
  return (
    <Card withBorder padding={0} radius="md" className="data-table">
      <ScrollArea
        type="auto"
        viewportProps={{ tabIndex: 0, 'aria-label': caption, role: 'region' }}
      >
        <Table verticalSpacing="sm" horizontalSpacing="sm" highlightOnHover>
          <caption className="visually-hidden">{caption}</caption>
          <Table.Thead>
            <Table.Tr>
              {columns.map(({ label, head, align, sort, hiddenLabel }) => (
                <Table.Th key={label} ta={align} aria-sort={sort}>
                  {hiddenLabel ? <VisuallyHidden>{label}</VisuallyHidden> : (head ?? label)}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Table.Tr key={keyOf(row)}>
                {columns.map(({ label, cell, align, hiddenLabel }) => (
                  <Table.Td key={label} ta={align} data-label={hiddenLabel ? '' : label}>
                    {cell(row)}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea>
    </Card>
  );
}
