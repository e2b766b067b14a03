/** The way on from a page that is empty until a connector is synced. */
import { Anchor } from '@mantine/core';
import { Link } from 'react-router';

export function ConnectorsLink() {
  return (
    <Anchor component={Link} to="/connectors">
      Go to the connectors
    </Anchor>
  );
}
