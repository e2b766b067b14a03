/**
 * Certificate authority of the local stack, the one certificate that all emulators use, and the key
 * that signs tokens. Created in the data folder on first use, readable by the owner only. The
 * certificates are replaced 30 days before they expire.
 */
import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JWK } from 'jose';
import { generate } from 'selfsigned';
import { newSigningKey } from './signing-key';

export interface Certificates {
  readonly key: string;
  readonly cert: string;
  /** PEM file for NODE_EXTRA_CA_CERTS of every client of the stack. */
  readonly authorityFile: string;
  readonly keyFile: string;
  readonly certFile: string;
  /** Of a new Entra emulator. To make an RSA key takes longer than to start the emulator. */
  readonly signingKey: JWK;
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
  const signingKeyFile = file('signing-key.json');
  if (!existsSync(signingKeyFile))
    await write(signingKeyFile, JSON.stringify(await newSigningKey()));
  return {
    key: await readFile(file('local.key'), 'utf8'),
    cert: await readFile(file('local.pem'), 'utf8'),
    authorityFile: file('authority.pem'),
    keyFile: file('local.key'),
    certFile: file('local.pem'),
    signingKey: JSON.parse(await readFile(signingKeyFile, 'utf8')) as JWK,
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

/** In one step, because several processes of a test run may do it at once. */
async function write(file: string, text: string): Promise<void> {
  const written = `${file}.${process.pid}`;
  await writeFile(written, text, { mode: 0o600 });
  await rename(written, file);
}
