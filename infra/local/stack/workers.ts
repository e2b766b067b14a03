/**
 * The Functions host: one process, or several behind a front that share nothing but storage and
 * vault, like the instances of an app in Azure. The first runs orchestrations and timers; activities
 * and requests go to all of them in turn.
 */
import { startFront } from './front';
import { startHost, type HostOptions, type HostProcess, type HostReady } from './host-process';

export interface WorkersOptions extends Omit<
  HostOptions,
  'primaryUrl' | 'onReady' | 'onDown' | 'inspectPort'
> {
  readonly count: number;
  /** Debugger port of the first worker. */
  readonly inspectPort?: number;
  /** Called when a worker is ready, on the first start and after each restart. */
  readonly onReady: () => void;
}

export interface Workers extends Pick<HostProcess, 'restart' | 'stop'> {
  /** Follows the clock of the stack, which was shifted. */
  shift(): void;
  /** Kills a worker without warning. A new process is started. */
  kill(worker: number): void;
  /** Address of the API. */
  readonly url: string;
  /** The worker that runs the orchestrations. */
  readonly primary: HostReady;
  /** Addresses of the workers that are ready. */
  readonly urls: readonly string[];
  /** Makes the clock of one worker differ from that of the stack, also after its restart. */
  skew(worker: number, skewMs: number): void;
}

export async function startWorkers(options: WorkersOptions): Promise<Workers> {
  const { count, inspectPort, ...hostOptions } = options;
  const front = count > 1 ? await startFront(options.port) : undefined;
  const ready: (HostReady | undefined)[] = [];
  const processes: HostProcess[] = [];
  const skews: number[] = [];
  const offsetOf = (index: number) => options.offsetMs() + (skews[index] ?? 0);
  let primary!: HostReady;
  const urls = () => ready.flatMap((one) => (one ? [one.url] : []));
  const announce = () => {
    front?.setWorkers(urls());
    processes[0]?.setPeers(urls().filter((url) => url !== primary.url));
  };
  const start = (index: number) =>
    startHost({
      ...hostOptions,
      offsetMs: () => offsetOf(index),
      ...(front && {
        port: 0,
        env: { ...options.env, WEBSITE_HOSTNAME: new URL(front.url).host },
      }),
      ...(index === 0 && inspectPort !== undefined && { inspectPort }),
      ...(index > 0 && { primaryUrl: primary.url }),
      onReady(host) {
        ready[index] = host;
        if (index === 0) primary = host;
        announce();
        options.onReady();
      },
      onDown() {
        ready[index] = undefined;
        announce();
      },
    });
  const stop = async () => {
    // The first worker is the last: the others reach the orchestrations through it.
    for (const one of processes.splice(0).reverse()) await one.stop();
    await front?.stop();
  };
  try {
    for (let index = 0; index < count; index++) processes.push(await start(index));
    announce();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: front?.url ?? primary.url,
    get primary() {
      return primary;
    },
    get urls() {
      return urls();
    },
    shift: () => processes.forEach((one, index) => one.shiftTo(offsetOf(index))),
    skew(worker, skewMs) {
      const index = worker % processes.length;
      skews[index] = skewMs;
      processes[index]!.shiftTo(offsetOf(index));
    },
    kill: (worker) => processes[worker % processes.length]!.kill(),
    async restart() {
      for (const one of processes) await one.restart();
    },
    stop,
  };
}
