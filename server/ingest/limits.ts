// The limits of what is received, each with its reason.

export interface Limits {
  /** Bytes of a body as it is sent, compressed or not. */
  body_bytes: number;
  /** Bytes of a body once it is inflated. */
  inflated_bytes: number;
  /** Bytes of all bodies being worked on at once. */
  in_flight_bytes: number;
}

const MIB = 1024 * 1024;

export const LIMITS: Limits = {
  // The default of OpenTelemetry's Collector; an exporter's batch of 512 spans is under one.
  body_bytes: 20 * MIB,
  // What the OTLP specification recommends (1.11, "OTLP/HTTP Request").
  inflated_bytes: 64 * MIB,
  // Four of the largest bodies: past it a sender waits a second rather than all run out of memory.
  in_flight_bytes: 256 * MIB,
};

/** Bytes read and thrown away of a body that is too large, so that the sender reads the answer; past it the connection ends. */
export const DISCARDED_BYTES_MAX = 256 * MIB;

/** Bytes of one value: what is longer is content that nobody reads in a table. It is cut and says how long it was. */
export const VALUE_BYTES_MAX = 32 * 1024;

/** The same for the tools that a model is offered: a list that is cut is no list any more. */
export const TOOL_DEFINITIONS_BYTES_MAX = MIB;

/** Seconds after which a sender tries again; the JavaScript exporter drops its batch on a long one. */
export const RETRY_AFTER_S = 1;

/** Longest message in an answer: an exporter refuses answers over 4 MiB, and a person reads one line. */
export const MESSAGE_LENGTH_MAX = 1000;
