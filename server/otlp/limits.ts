// The limits of what is decoded, each with its reason.

/** Attributes of one span. OpenTelemetry's SDKs stop at 128; ten times that is not telemetry any more. */
export const ATTRIBUTES_MAX = 1000;

/** Bytes of one attribute key. Real keys are under 100 bytes; a longer one is an attack on those who index keys. */
export const KEY_BYTES_MAX = 32 * 1024;

/** Lists and maps inside one another in one attribute value: recursion has to end before the stack does. */
export const ANY_VALUE_DEPTH_MAX = 32;

/** Bytes of one nested value that is read as JSON, as it is sent: the longest list of tools that is read. */
export const NESTED_BYTES_MAX = 1024 * 1024;

/** Bytes of all such JSON of one request: as much again as the request may have. */
export const NESTED_JSON_BYTES_MAX = 64 * 1024 * 1024;

/** Brackets inside one another in a JSON body; an honest request needs about 12. */
export const JSON_DEPTH_MAX = 64;

/**
 * Objects and lists in one body that is read as plain values. The densest honest one has under four million in 64 MiB;
 * one of nothing but empty objects would cost gigabytes and hold everybody up for seconds.
 */
export const OBJECTS_MAX = 4 * 1024 * 1024;

/** Latest instant kept, in microseconds: beyond it a double no longer counts single microseconds (year 2255). */
export const INSTANT_MAX = Number.MAX_SAFE_INTEGER;
