/** Derives unique, valid factory names from paths. */
import { basename, dirname } from 'node:path';

/** Names of folders and files that do not identify a factory. */
const genericNames = new Set(
  (
    'factory-json adf src workspace synapse synapseartifacts datafactory data-factory factory ' +
    'fabric deploy infra infrastructure templates linkedtemplates data-pipelines arm_template ' +
    'arm-templates arm-template azuredeploy armtemplateforfactory data_factory'
  ).split(' '),
);

/** The last part of the path that is not generic. */
export function nameOfPath(path: string): string {
  const own = basename(path).replace(/\.json$/i, '');
  const generic = genericNames.has(own.toLowerCase()) || /^armtemplate_\d+$/i.test(own);
  return generic && dirname(path) !== path ? nameOfPath(dirname(path)) : own;
}

/** The first free name, or else the last one with a number. */
export function freeName(names: readonly string[], isNameTaken: (name: string) => boolean): string {
  const valid = names.map(toValidName).filter((name) => name !== undefined);
  const free = valid.find((name) => !isNameTaken(name));
  if (free) return free;
  const base = (valid.at(-1) ?? 'factory').slice(0, 59);
  for (let number = 2; ; number++)
    if (!isNameTaken(`${base}-${number}`)) return `${base}-${number}`;
}

/** 3 to 63 letters, digits and hyphens, without a hyphen at either end. */
function toValidName(name: string): string | undefined {
  const letters = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-zA-Z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 63)
    .replace(/-+$/, '');
  if (letters === '') return undefined;
  return letters.length < 3 ? `factory-${letters}` : letters;
}
