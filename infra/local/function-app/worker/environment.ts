/** References between settings: `%NAME%` in a value is replaced by the value of NAME. */
export type Environment = Record<string, string | undefined>;

const reference = /%([A-Za-z_][A-Za-z0-9_]*)%/g;

/**
 * Expands references in place, not recursively. Unknown names stay as they are, because URLs and
 * connection strings use percent signs, too.
 */
export function expandSettings(env: Environment): void {
  const before = { ...env };
  for (const [name, value] of Object.entries(before))
    if (value?.includes('%'))
      env[name] = value.replace(reference, (whole, other: string) => before[other] ?? whole);
}

/** Resolves references in a binding. Throws if the setting is missing, as the platform does. */
export function resolveReferences(text: string, env: Environment): string {
  return text.replace(reference, (_, name: string) => {
    const value = env[name];
    if (!value) throw new Error(`The setting ${name} is missing.`);
    return value;
  });
}
