/** Times of SCIM (RFC 7643 section 2.3.5): xsd:dateTime with date and time. */
const isDigit = (code: number) => code >= 48 && code <= 57;

/** Milliseconds since 1970, or undefined if the text is no dateTime. Without a zone: UTC. */
export function parseDateTime(text: string): number | undefined {
  if (text.length > 40 || !hasShape(text)) return undefined;
  const time = Date.parse(hasZone(text) ? text : `${text}Z`);
  return Number.isNaN(time) ? undefined : time;
}

/** `2011-05-13T04:42:34` and more. Date.parse alone also accepts `1` and `May 13`. */
function hasShape(text: string): boolean {
  const shape = 'dddd-dd-ddTdd:dd:dd';
  if (text.length < shape.length) return false;
  return Array.from(shape).every((expected, index) =>
    expected === 'd' ? isDigit(text.charCodeAt(index)) : text[index] === expected,
  );
}

const hasZone = (text: string) =>
  text.endsWith('Z') || text.slice(19).includes('+') || text.slice(19).includes('-');
