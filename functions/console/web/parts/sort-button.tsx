/** Head of a column that sorts. The column says its direction with aria-sort. */
import { Group, UnstyledButton } from '@mantine/core';
import { ArrowDown, ArrowUp, ChevronsUpDown } from 'lucide-react';

interface Props {
  readonly label: string;
  readonly direction: 'ascending' | 'descending' | 'none';
  readonly onClick: () => void;
}

const icons = { ascending: ArrowUp, descending: ArrowDown, none: ChevronsUpDown };

export function SortButton({ label, direction, onClick }: Props) {
  const Icon = icons[direction];
  return (
    <UnstyledButton onClick={onClick} fz="inherit" fw="inherit" c="inherit">
      <Group gap={4} wrap="nowrap">
        {label}
        <Icon size={12} aria-hidden />
      </Group>
    </UnstyledButton>
  );
}
