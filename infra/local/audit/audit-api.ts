/** The endpoints of the audit trail, followed page by page. */
interface Verification {
  readonly outcome: 'intact' | 'broken' | 'incomplete';
  readonly checkedTo: number;
  readonly checkpointCount: number;
  readonly fault?: { readonly seq: number; readonly detail: string };
  readonly nextLink?: string;
}

const timeoutMs = 60_000;

export class AuditApi {
  constructor(
    private readonly baseUrl: string,
    private readonly token: string,
  ) {}

  async verify(): Promise<Verification> {
    let path: string | undefined = '/api/audit/verification';
    for (;;) {
      const found = (await (await this.get(path)).json()) as Verification;
      path = found.nextLink;
      if (path === undefined) return found;
    }
  }

  /** Pages of JSON lines. */
  async *export(): AsyncGenerator<string> {
    let path: string | undefined = '/api/audit/export?format=jsonl&limit=5000';
    while (path !== undefined) {
      const response: Response = await this.get(path);
      yield await response.text();
      path = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
    }
  }

  /** Links name the public origin, which may differ from the one that is reached here. */
  private async get(link: string): Promise<Response> {
    const { pathname, search } = new URL(link, this.baseUrl);
    const response = await fetch(new URL(`${pathname}${search}`, this.baseUrl), {
      headers: { authorization: `Bearer ${this.token}` },
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.ok) return response;
    if (response.status === 429) {
      const seconds = Number(response.headers.get('retry-after') ?? 1);
      await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
      return this.get(link);
    }
    throw new Error(`GET ${pathname} responded with ${response.status}: ${await response.text()}`);
  }
}
