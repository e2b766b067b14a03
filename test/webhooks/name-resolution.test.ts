/** The resolver of names on a name server of this test. */
import { createSocket, type Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { resolveByDns } from '../../functions/webhooks/addresses/name-resolution';

let server: Socket;
let answers: Record<number, Buffer[]> | 'silent';
beforeEach(async () => {
  server = createSocket('udp4');
  server.on('message', (query, { port, address }) => {
    if (answers !== 'silent') server.send(responseTo(query, answers), port, address);
  });
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
});
afterEach(() => new Promise<void>((resolve) => server.close(resolve)));

const typeA = 1;
const typeAaaa = 28;
const resolve = (host = 'hooks.example', limits = { timeout: 1_000, tries: 2 }) =>
  resolveByDns([`127.0.0.1:${(server.address() as AddressInfo).port}`], limits)(host);

/** RFC 1035 section 4.1: the header, the question, and a record per answer of the asked type. */
function responseTo(query: Buffer, byType: Record<number, Buffer[]>): Buffer {
  const questionEnd = query.indexOf(0, 12) + 5;
  const type = query.readUInt16BE(questionEnd - 4);
  const records = (byType[type] ?? []).map((data) => {
    const record = Buffer.alloc(12);
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(type, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(60, 6);
    record.writeUInt16BE(data.length, 10);
    return Buffer.concat([record, data]);
  });
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(0x8180, 2);
  header.writeUInt16BE(records.length, 6);
  header.writeUInt32BE(0, 8);
  return Buffer.concat([header, query.subarray(12, questionEnd), ...records]);
}

describe('resolveByDns', () => {
  it('returns all addresses of both families', async () => {
    answers = {
      [typeA]: [Buffer.from([93, 184, 216, 34]), Buffer.from([10, 0, 0, 1])],
      [typeAaaa]: [Buffer.from('26062800022000010248189325c81946', 'hex')],
    };

    const addresses = await resolve();

    expect(addresses.toSorted()).toEqual([
      '10.0.0.1',
      '2606:2800:220:1:248:1893:25c8:1946',
      '93.184.216.34',
    ]);
  });

  it('returns the addresses of one family', async () => {
    answers = { [typeA]: [Buffer.from([93, 184, 216, 34])] };

    expect(await resolve()).toEqual(['93.184.216.34']);
  });

  it('returns nothing if the name server is silent', async () => {
    answers = 'silent';

    expect(await resolve('hooks.example', { timeout: 50, tries: 1 })).toEqual([]);
  });

  it('knows the names of the machine', async () => {
    expect(await resolve('localhost')).toContain('127.0.0.1');
  });
});
