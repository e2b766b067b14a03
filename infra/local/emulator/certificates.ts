/**
 * Certificate authority of the local stack and the one certificate that all emulators use. Created
 * in the data folder on first use, readable by the owner only, and replaced 30 days before it
 * expires.
 */
import { X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generate } from 'selfsigned';

export interface Certificates {
  readonly key: string;
  readonly cert: string;
  /** PEM file for NODE_EXTRA_CA_CERTS of every client of the stack. */
  readonly authorityFile: string;
  readonly keyFile: string;
  readonly certFile: string;
}

const day = 86_400_000;
const lifetimeDays = 365;
const names = [
  { type: 2 as const, value: 'localhost' },
  { type: 7 as const, ip: '127.0.0.1' },
];

export async function ensureCertificates(dataFolder: string): Promise<Certificates> {
  const folder = join(dataFolder, 'certificates');
  const file = (name: string) => join(folder, name);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (!(await isStillValid(file('local.pem')))) {
    const { authority, certificate } = await createCertificates();
    await write(file('authority.pem'), authority);
    await write(file('local.key'), certificate.private);
    await write(file('local.pem'), certificate.cert);
  }
  return {
    key: await readFile(file('local.key'), 'utf8'),
    cert: await readFile(file('local.pem'), 'utf8'),
    authorityFile: file('authority.pem'),
    keyFile: file('local.key'),
    certFile: file('local.pem'),
  };
}

/** The key of the authority is not stored, so it cannot sign another certificate. */
async function createCertificates() {
  const notAfterDate = new Date(Date.now() + lifetimeDays * day);
  const common = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256', notAfterDate } as const;
  const authority = await generate([{ name: 'commonName', value: 'adf-connect local authority' }], {
    ...common,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const certificate = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...common,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'subjectAltName', altNames: names },
    ],
  });
  return { authority: authority.cert, certificate };
}

async function isStillValid(file: string): Promise<boolean> {
  const pem = await readFile(file, 'utf8').catch(() => undefined);
  return pem !== undefined && Date.parse(new X509Certificate(pem).validTo) > Date.now() + 30 * day;
}

async function write(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600 });
  await chmod(file, 0o600);
}
