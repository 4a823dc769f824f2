// A request's body as a file of the spool and back. Only what has been redacted comes here.
import { createHash } from 'node:crypto';
import type { Body } from './bodies.ts';

/** First line of a file: the format's name and version, the body's checksum, and how many spans are in it. */
const HEADER = /^footprint-spool 2 ([0-9a-f]{64}) (\d{1,6})$/;

const checksum = (body: string): string => createHash('sha256').update(body).digest('hex');

/** A body as the text of one file. */
export const sealed = ({ bytes, spans }: Body): string => {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
  return `footprint-spool 2 ${checksum(body)} ${spans}\n${body}`;
};

/** The body of a file, to be sent as it is; undefined where the text is not whole. */
export const opened = (text: string): Body | undefined => {
  const cut = text.indexOf('\n');
  const [, sum, spans] = HEADER.exec(text.slice(0, cut)) ?? [];
  const body = text.slice(cut + 1);
  if (sum === undefined || checksum(body) !== sum) return undefined;
  return { bytes: Buffer.from(body), spans: Number(spans) };
};
