import { createLog } from '../../infra/local/function-app/log';

function written(levels: Record<string, string> = {}) {
  let text = '';
  const log = createLog({
    write: (more) => void (text += more),
    color: false,
    levels,
    now: () => new Date('2026-01-01T12:03:04.005Z'),
  });
  return { log, read: () => text };
}
const id = '3f2a9c1b-0000-4000-8000-000000000000';

describe('createLog', () => {
  it('prints the invocation above its log lines', () => {
    const { log, read } = written();

    const lines = log.open('listConnectors', id);
    lines.write('information', 'one\ntwo');
    lines.close('200', 11.6);

    expect(read().split('\n')).toEqual([
      '12:03:04.005  listConnectors               200        12 ms  3f2a9c1b',
      '              one',
      '              two',
      '',
    ]);
  });

  it('omits lines below the level of host.json', () => {
    const { log, read } = written({ default: 'Warning', 'Function.loud.User': 'Debug' });

    for (const name of ['loud', 'quiet']) {
      const lines = log.open(name, id);
      lines.write('debug', `debug of ${name}`);
      lines.close('ok', 1);
    }

    expect(read()).toContain('debug of loud');
    expect(read()).not.toContain('debug of quiet');
  });

  it('omits the state of a failed orchestrator', () => {
    const { log, read } = written();

    log
      .open('sync', id)
      .close('failed', 1, new Error('went wrong\n\n$OutOfProcData$:{"actions":[]}'));

    expect(read()).toContain('Error: went wrong');
    expect(read()).not.toContain('actions');
  });

  it('flushes the lines of unfinished invocations', () => {
    const { log, read } = written();
    log.open('sync', id).write('warning', 'last words');

    log.flush();

    expect(read()).toContain('sync (unfinished)\n              last words');
  });

  it('keeps a path with line breaks on one line', () => {
    const { log, read } = written();

    log.request('GET', '/a\n12:00:00 forged', 404, 1);

    expect(read().trimEnd().split('\n')).toHaveLength(1);
  });
});
