/** Weak ETags of resource versions (RFC 7644 section 3.14, RFC 9110 section 8.8.3). */
const maxLength = 4_096;

export const weakTag = (version: number): string => `W/"${version}"`;

/**
 * Whether a header If-Match or If-None-Match, or the `version` of a bulk operation, names the
 * version. `*` names every version. Tags compare weakly, because all tags of this service are weak.
 */
export function namesVersion(header: string, version: number): boolean {
  if (header.length > maxLength) return false;
  return header.split(',').some((part) => {
    const tag = part.trim();
    return tag === '*' || opaqueTag(tag) === String(version);
  });
}

function opaqueTag(tag: string): string | undefined {
  const quoted = tag.startsWith('W/') ? tag.slice(2) : tag;
  const isQuoted = quoted.length >= 2 && quoted.startsWith('"') && quoted.endsWith('"');
  return isQuoted ? quoted.slice(1, -1) : undefined;
}
