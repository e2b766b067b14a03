/** What to know before an account is used. */
import { Alert, List } from '@mantine/core';
import { Info } from 'lucide-react';

export function Warnings({ texts }: { readonly texts: readonly string[] }) {
  if (texts.length === 0) return null;
  return (
    <Alert color="blue" variant="light" icon={<Info size={18} aria-hidden />} p="sm">
      <List size="sm" spacing={4}>
        {texts.map((text) => (
          <List.Item key={text}>{text}</List.Item>
        ))}
        <List.Item>The name of the account is visible to the people of your tenant.</List.Item>
      </List>
    </Alert>
  );
}
