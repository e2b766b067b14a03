/** The run of a timer while Entra does not respond. The host ends a worker that takes ten minutes. */
import { InvocationContext } from '@azure/functions';
import { maintainConnections } from '../../functions/credentials/maintain-connections.timer';
import { UpstreamError } from '../../functions/errors/app-error';
import { Secret } from '../../functions/secrets/secret';
import { aConnectedConnector } from '../support/builders';
import { testContext } from '../support/context';

const day = 86_400;
const timeoutMs = 15_000;
const count = 400;

/** Renewals of many connectors are due, and each sign-in times out. */
async function silentEntra() {
  const connectors = Array.from({ length: count }, (_, n) =>
    aConnectedConnector({
      id: `c${n}`,
      name: `Connector ${n}`,
      secrets: {
        grant: { name: `cn-c${n}-grant`, version: `v${n + 1}`, updatedAt: '2026-01-15T12:00:00Z' },
      },
    }),
  );
  const context = testContext({ connectors });
  const { secretStore, entra, services, wait } = context;
  for (let n = 0; n < count; n++)
    await secretStore.put(`cn-c${n}-grant`, new Secret(`grant-${n}`), {
      contentType: 'text/plain',
    });
  wait(day);
  let clock = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => clock);
  const tried = new Set<string>();
  entra.withRefreshToken = async (_tenant, refreshToken) => {
    tried.add(refreshToken.reveal());
    clock += timeoutMs;
    throw new UpstreamError('idp_unavailable', 'No response.', true);
  };
  const lines: string[] = [];
  const invocation = new InvocationContext({
    invocationId: 'test',
    logHandler: (_level, ...parts) => void lines.push(parts.join(' ')),
  });
  return { tried, lines, run: () => maintainConnections(services, invocation) };
}

afterEach(() => jest.restoreAllMocks());

describe('maintenance while Entra does not respond', () => {
  it('ends in time and says how many connectors are left', async () => {
    const { run, tried, lines } = await silentEntra();

    await run();

    expect(tried.size * timeoutMs).toBeLessThan(400_000);
    const left = count - tried.size;
    expect(lines).toContain(JSON.stringify({ event: 'connection_maintenance.unfinished', left }));
  });

  it('begins elsewhere with each run', async () => {
    const { run, tried } = await silentEntra();
    const random = jest.spyOn(Math, 'random').mockReturnValue(0);

    await run();
    const first = tried.size;
    random.mockReturnValue(0.5);
    await run();

    expect(tried.size).toBeGreaterThan(1.5 * first);
  });
});
