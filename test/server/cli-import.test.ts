// Files of OTLP cut into requests of a good size: one document or many lines, long ones, protobuf, and what is none.
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bodyOf, readBatches, type Batch } from '../../server/commands/otlp-file.ts';
import { createReader } from '../../server/otlp/reader.ts';
import { encodeRequest } from './otlp-proto.ts';
import { request, span } from './otlp-requests.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'footprint-import-'));
});
afterAll(() => rm(folder, { recursive: true }));

const batchesOf = async (bytes: Uint8Array | string): Promise<Batch[]> => {
  const path = join(folder, 'file');
  await writeFile(path, bytes);
  const batches: Batch[] = [];
  for await (const batch of readBatches(path)) batches.push(batch);
  return batches;
};
/** Pieces as text with the line that they begin in. */
const piecesOf = async (bytes: Uint8Array | string): Promise<[string, number][]> =>
  (await batchesOf(bytes)).flatMap(({ pieces }) =>
    pieces.map(({ bytes: piece, line }): [string, number] => [piece.toString(), line]),
  );
const faultOf = async (bytes: Uint8Array | string): Promise<string> =>
  batchesOf(bytes).then(
    (batches) => batches.flatMap(({ faults }) => faults).join('; '),
    (error: unknown) => String(error),
  );

const reader = createReader({ keys: [] });
const spansOf = (batches: readonly Batch[]): number =>
  batches.reduce((sum, { type, pieces }) => {
    const body = bodyOf(type, pieces);
    return (
      sum + (type === 'application/json' ? reader.json(body) : reader.protobuf(body)).batch.spans
    );
  }, 0);

describe('a file of JSON', () => {
  it('is cut into its ResourceSpans, whatever stands around and in them', async () => {
    const tricky = '{"a":"}]\\"{","resourceSpans":[{"b":1}]}';
    const text =
      `\ufeff{"resourceSpans":[${tricky}, {} ],"x":{"resourceSpans":[{"not":1}]}}\n\n` +
      '{"other":[{"c":[1]}],"resourceSpans" : [\n {"d":\n2}\n]}\r\n{"resourceSpans":[]}{"resourceSpans":null}';
    expect(await piecesOf(text)).toEqual([
      [tricky, 1],
      ['{}', 1],
      ['{"d":\n2}', 4],
    ]);
    const [{ requests, without_spans } = { requests: 0, without_spans: 0 }] = await batchesOf(text);
    expect([requests, without_spans]).toEqual([4, 1]);
  });

  it('is the same when it comes byte by byte', async () => {
    const one = JSON.stringify(request([span({ note: 'q"\\{[' })]));
    const long = `${one}\n`.repeat(200);
    expect(await piecesOf(long)).toHaveLength(200);
    const big = JSON.stringify(request([span({ note: 'x'.repeat(300_000) })]));
    const [piece] = await piecesOf(big);
    expect(`{"resourceSpans":[${piece?.[0] ?? ''}]}`).toBe(big);
  });

  it('of many short lines makes few requests', async () => {
    const lines = Array.from({ length: 4000 }, () => JSON.stringify(request([span()]))).join('\n');
    const batches = await batchesOf(lines);
    expect(batches.length).toBeLessThan(6);
    expect([spansOf(batches), batches.reduce((sum, { requests }) => sum + requests, 0)]).toEqual([
      4000, 4000,
    ]);
    expect(batches.reduce((sum, { file_bytes }) => sum + file_bytes, 0)).toBe(lines.length);
  });

  it('with logs and metrics among its lines counts them and passes over them', async () => {
    const text = `{"resourceLogs":[{}]}\n${JSON.stringify(request([span()]))}\n{"resourceMetrics":[]}\n{}`;
    const batches = await batchesOf(text);
    expect([spansOf(batches), batches[0]?.requests, batches[0]?.without_spans]).toEqual([1, 4, 3]);
  });

  it('of more than 64 MiB in one ResourceSpans is cut by its spans', async () => {
    const path = join(folder, 'large');
    const file = createWriteStream(path);
    const one = JSON.stringify(span({ note: 'n'.repeat(9000) }));
    file.write(
      '{"resourceSpans":[{"resource":{"attributes":[]},"scopeSpans":[{"scope":{"name":"s"},"spans":[',
    );
    for (let i = 0; i < 8000; i++) {
      if (!file.write(i === 0 ? one : `,${one}`)) await once(file, 'drain');
    }
    file.end(']}]}]}');
    await once(file, 'finish');
    let spans = 0;
    let bytes = 0;
    for await (const batch of readBatches(path)) {
      const body = bodyOf(batch.type, batch.pieces);
      expect(body.length).toBeLessThan(20 * 1024 * 1024);
      const { batch: decoded } = reader.json(body);
      expect(decoded.resources).toBe(batch.pieces.length);
      spans += decoded.spans;
      bytes += batch.file_bytes;
    }
    expect([spans, bytes > 64 * 1024 * 1024]).toEqual([8000, true]);
  }, 60_000);

  it.each([
    ['[{"resourceSpans":[]}]', 'line 1: an OTLP request in JSON begins with {'],
    ['{"resourceSpans":[]}\nplain', 'line 2: an OTLP request in JSON begins with {'],
    ['{"resourceSpans":[]}}', 'line 1: an OTLP request in JSON begins with {'],
    ['{"resourceSpans":{"a":1}}', 'line 1: resourceSpans is no list'],
    ['{\n"resourceSpans":17}', 'line 2: resourceSpans is no list'],
    ['{"resourceSpans":"x"}', 'line 1: resourceSpans is no list'],
    ['{"resourceSpans":[[]]}', 'line 1: resourceSpans holds something that is no object'],
    ['{"resourceSpans":[{},\n5]}', 'line 2: resourceSpans holds something that is no object'],
    ['{"resourceSpans":["x"]}', 'line 1: resourceSpans holds something that is no object'],
    ['{}\n{"resourceSpans":[{"a":', 'line 2: the file ends inside of a request'],
    ['PK\u0003\u0004', 'part 1: it is neither OTLP traces in JSON nor in protobuf'],
    ['{oops}', 'line 1: it is no JSON'],
    ['{"a" oops}', 'line 1: it is no JSON'],
    ['{"a":"b', 'line 1: the file ends inside of a request'],
  ])('that is none, %j, is told with its place', async (text, fault) => {
    expect(await faultOf(text)).toContain(`file, ${fault}`);
  });
});

describe('lines of JSON', () => {
  const good = (id: number) => `{"resourceSpans":[{"id":${String(id)}}]}`;
  const kept = async (text: string) => {
    const batches = await batchesOf(text);
    return {
      pieces: batches.flatMap(({ pieces }) =>
        pieces.map((piece) => [String(piece.bytes), piece.line]),
      ),
      faults: batches.flatMap(({ faults }) =>
        faults.map((fault) => fault.replace(/^.*file, /, '')),
      ),
      requests: batches.reduce((sum, { requests }) => sum + requests, 0),
    };
  };
  it.each([
    ['garbage', 'plain words', 'line 2: an OTLP request in JSON begins with {'],
    ['no JSON', '{oops}', 'line 2: it is no JSON'],
    [
      'a line cut in a text',
      '{"resourceSpans":[{"id":"x',
      'line 2: the line ends inside of a text',
    ],
    ['a line cut in a list', '{"resourceSpans":[{"id":[1,', 'line 2: the request is cut off'],
    ['a line cut behind a span', '{"resourceSpans":[{"id":7}', 'line 2: the request is cut off'],
    [
      'a line with one bracket too many',
      '{"resourceSpans":[]}}',
      'line 2: an OTLP request in JSON begins with {',
    ],
    ['a list that is none', '{"resourceSpans":{"a":1}}', 'line 2: resourceSpans is no list'],
  ])('keep all others around %s', async (_, bad, fault) => {
    const due = {
      pieces: [
        ['{"id":1}', 1],
        ['{"id":3}', 3],
        ['{"id":4}', 4],
      ],
      faults: [fault],
      requests: bad.startsWith('{"resourceSpans":[]}') ? 4 : 3,
    };
    expect(await kept(`${good(1)}\n${bad}\n${good(3)}\n${good(4)}`)).toEqual(due);
  });

  it('keep what comes after a first line that is wrong, and before a last one that is cut', async () => {
    expect(await kept(`oops\n${good(2)}\n`)).toMatchObject({ pieces: [['{"id":2}', 2]] });
    expect(await kept(`{"resourceSpans":[{"id":"\n${good(2)}\n`)).toMatchObject({
      pieces: [['{"id":2}', 2]],
      faults: ['line 1: the line ends inside of a text'],
    });
    expect(await kept(`${good(1)}\n{"resourceSpans":[{"id":2},{"id"`)).toEqual({
      pieces: [['{"id":1}', 1]],
      faults: ['line 2: the file ends inside of a request'],
      requests: 1,
    });
  });

  it('may be one request over many lines, whatever they begin with', async () => {
    const text = '{\n"resourceSpans":[\n{\n"id":\n{"a":1}\n},\n{"id":2}\n]\n}\n';
    expect(await kept(text + text)).toMatchObject({ faults: [], requests: 2 });
    expect((await kept(text)).pieces).toHaveLength(2);
  });
});

describe('a file of protobuf', () => {
  const one = (): Uint8Array => encodeRequest(request([span({ note: 'x'.repeat(500) })]));

  it('is cut at its ResourceSpans and sent together', async () => {
    const bytes = Buffer.concat(Array.from({ length: 300 }, one));
    const batches = await batchesOf(bytes);
    expect([batches.length, spansOf(batches), batches[0]?.requests]).toEqual([1, 300, 1]);
    expect(
      Buffer.from(bodyOf('application/x-protobuf', batches[0]?.pieces ?? [])).equals(bytes),
    ).toBe(true);
  });

  it('that is cut off, or no protobuf further on, is told with its part', async () => {
    const bytes = Buffer.concat([one(), one()]);
    expect(await faultOf(bytes.subarray(0, -1))).toContain('file, part 2: the file ends inside');
    expect(await faultOf(Buffer.concat([one(), Buffer.from([7])]))).toContain(
      'file, part 2: it is neither',
    );
  });
});

describe('a file', () => {
  it('may be compressed, and is told by name where it is cut', async () => {
    const packed = gzipSync('{"resourceSpans":[{"a":1}]}\n{"resourceSpans":[{"b":2}]}\n');
    expect((await piecesOf(packed)).map(([text]) => text)).toEqual(['{"a":1}', '{"b":2}']);
    expect(await faultOf(packed.subarray(0, 25))).toContain('file cannot be read: ');
  });

  it('that is empty, or blank, has nothing to send', async () => {
    expect(await piecesOf('')).toEqual([]);
    expect(await piecesOf(' \n\n')).toEqual([]);
  });
});
