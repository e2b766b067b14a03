/** Fires a timer through the admin API of the host and waits for its end. */
import type { RunningStack } from './stack';

export async function fireTimer(stack: RunningStack, name: string): Promise<void> {
  const { baseUrl, masterKey } = await stack.description();
  const response = await fetch(new URL(`/admin/functions/${name}?wait=true`, baseUrl), {
    method: 'POST',
    headers: { 'x-functions-key': masterKey, 'content-type': 'application/json' },
    body: '{}',
  });
  if (!response.ok) throw new Error(`${name}: ${response.status} ${await response.text()}`);
}
