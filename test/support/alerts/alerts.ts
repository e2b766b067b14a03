/** The alerts of the deployment, and their conditions over the records of a local host. */
import { ofType, propertiesOf, readAzure, stringIn, valueOf } from '../../infra/bicep';
import { runQuery, type Row, type Tables } from './kql';

export interface Alert {
  readonly name: string;
  readonly query: string;
  readonly operator: string;
  readonly threshold: number;
}

export async function readAlerts(): Promise<readonly Alert[]> {
  const { declarations } = (await readAzure()).get('monitoring.bicep')!;
  const named = (name: string) => valueOf(declarations.find((each) => each.name === name)!)!;
  const lines = stringIn(named('lines'));
  return ofType(named('alerts'), 'object').map((node) => {
    const values = propertiesOf(node);
    const text = (name: string) => values.get(name)!.text.replace(/^'|'$/g, '');
    return {
      name: text('name'),
      query: text('query').replace('${lines}', lines),
      operator: text('operator'),
      threshold: Number(text('threshold')),
    };
  });
}

/** Names of the alerts that fire over records of fifteen minutes. */
export const firing = (alerts: readonly Alert[], records: Tables): string[] =>
  alerts
    .filter(({ query, operator, threshold }) => {
      const { length } = runQuery(query, records);
      return operator === 'LessThan' ? length < threshold : length > threshold;
    })
    .map(({ name }) => name);

/**
 * Reads the log of the local host as Application Insights stores that of Azure: an invocation is a
 * request, a line of a function or of the console is a trace.
 */
export function recordsOf(log: string, httpFunctions: ReadonlySet<string>): Tables {
  const requests: Row[] = [];
  const traces: Row[] = [];
  for (const line of log.split('\n')) {
    const invocation = /^[\d:.]{12} {2}(\w+) +(\S+) +\d+ ms {2}[0-9a-f]{8}$/.exec(line);
    if (invocation) {
      const [, name = '', outcome = ''] = invocation;
      const url = httpFunctions.has(name) ? `http://127.0.0.1/${name}` : '';
      const success = outcome !== 'failed' && !/^[45]\d\d$/.test(outcome);
      requests.push({ name, success, resultCode: outcome === 'failed' ? '500' : outcome, url });
    } else if (line.trim() !== '') traces.push({ message: line.trim() });
  }
  return { requests, traces };
}
