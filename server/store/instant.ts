// Instants as they are written (RFC 3339, UTC) and as the engine keeps them (microseconds since 1970).

const INSTANT = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?Z$/;
const MICROS_PER_SECOND = 1_000_000n;

/** Null where the text is no RFC 3339 instant in UTC; digits below a microsecond are cut. */
export const instantToMicros = (text: string): bigint | null => {
  const match = INSTANT.exec(text);
  if (match === null) return null;
  const ms = Date.parse(`${match[1] ?? ''}T${match[2] ?? ''}Z`);
  if (Number.isNaN(ms)) return null;
  const fraction = (match[3] ?? '').padEnd(6, '0').slice(0, 6);
  return BigInt(ms) * 1000n + BigInt(fraction);
};

/** Milliseconds where that is exact, else microseconds; null beyond the years that RFC 3339 can write. */
export const microsToInstant = (micros: bigint): string | null => {
  let seconds = micros / MICROS_PER_SECOND;
  let rest = micros % MICROS_PER_SECOND;
  if (rest < 0n) {
    rest += MICROS_PER_SECOND;
    seconds -= 1n;
  }
  const date = new Date(Number(seconds) * 1000);
  const year = date.getUTCFullYear();
  if (Number.isNaN(year) || year < 0 || year > 9999) return null;
  const fraction = String(rest).padStart(6, '0');
  const digits = fraction.endsWith('000') ? fraction.slice(0, 3) : fraction;
  return `${date.toISOString().slice(0, 19)}.${digits}Z`;
};
