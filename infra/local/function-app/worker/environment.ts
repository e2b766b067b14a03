/** Settings that refer to settings: `%NAME%` in a value becomes the value of NAME. */
export type Environment = Record<string, string | undefined>;

const reference = /%([A-Za-z_][A-Za-z0-9_]*)%/g;

/**
 * Expands in place, once: what a reference brings in is not looked into again. A name that is no setting stays as it
 * is, because percent signs also escape characters in URLs and connection strings.
 */
export function expandSettings(env: Environment): void {
  const before = { ...env };
  for (const [name, value] of Object.entries(before))
    if (value?.includes('%'))
      env[name] = value.replace(reference, (whole, other: string) => before[other] ?? whole);
}

/** As the platform reads a binding: the setting must exist. */
export function resolveReferences(text: string, env: Environment): string {
  return text.replace(reference, (_, name: string) => {
    const value = env[name];
    if (!value) throw new Error(`The setting ${name} is missing.`);
    return value;
  });
}
