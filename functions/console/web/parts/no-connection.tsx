/** A banner while the network is lost: the data on screen stays, and is marked as old. */
import { Alert } from '@mantine/core';
import { useNetwork } from '@mantine/hooks';
import { WifiOff } from 'lucide-react';

export function NoConnection() {
  const { online } = useNetwork();
  if (online) return null;
  return (
    <Alert color="yellow" icon={<WifiOff size={18} />} mb="md" role="status" title="No connection">
      What you see may be old. It is read again when the network is back.
    </Alert>
  );
}
