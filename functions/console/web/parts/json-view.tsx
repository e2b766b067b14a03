/** JSON that folds, can be copied, and marks what was redacted. */
import { Box, Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Copy } from './copy';

interface Props {
  readonly value: unknown;
  readonly label: string;
}

export function JsonView({ value, label }: Props) {
  return (
    <Box className="json" role="group" aria-label={label}>
      <Group justify="flex-end" className="json-actions">
        <Copy value={JSON.stringify(value, undefined, 2)} label="Copy the JSON" />
      </Group>
      <Node value={value} depth={0} />
    </Box>
  );
}

interface NodeProps {
  readonly value: unknown;
  readonly name?: string;
  readonly depth: number;
}

/** Opened to this depth; deeper levels are folded. */
const openDepth = 2;
/** Longer lists are shown in part, so that the page stays fast. */
const maxEntries = 200;

function Node({ value, name, depth }: NodeProps) {
  const key = name !== undefined && <span className="json-key">{name}: </span>;
  if (typeof value !== 'object' || value === null)
    return (
      <div className="json-line">
        {key}
        <Scalar value={value} />
      </div>
    );
  const isList = Array.isArray(value);
  const entries = Object.entries(value);
  const [open, close] = isList ? ['[', ']'] : ['{', '}'];
  if (entries.length === 0)
    return (
      <div className="json-line">
        {key}
        {open}
        {close}
      </div>
    );
  return (
    <details open={depth < openDepth}>
      <summary>
        {key}
        {open}
        <span className="json-count">
          {' '}
          {entries.length} {isList ? 'items' : 'members'} {close}
        </span>
      </summary>
      <div className="json-children">
        {entries.slice(0, maxEntries).map(([child, childValue]) => (
          <Node
            key={child}
            {...(!isList && { name: child })}
            value={childValue as unknown}
            depth={depth + 1}
          />
        ))}
        {entries.length > maxEntries && (
          <Text size="sm">{entries.length - maxEntries} more. Copy the JSON to see them.</Text>
        )}
      </div>
    </details>
  );
}

const redaction = /(\[redacted\])/;

function Scalar({ value }: { readonly value: unknown }): ReactNode {
  if (typeof value !== 'string')
    return <span className="json-scalar">{JSON.stringify(value)}</span>;
  return (
    <span className="json-text">
      &quot;
      {value.split(redaction).map((part, index) =>
        redaction.test(part) ? (
          <mark key={index} className="json-redacted" title="A secret was removed">
            {part}
          </mark>
        ) : (
          part
        ),
      )}
      &quot;
    </span>
  );
}
