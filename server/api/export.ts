// CSV and JSON lines of a whole filtered set, streamed piece by piece as the client takes them.
import { csvCell } from '../model/csv.ts';

/** Cells by column; lists and objects are written as JSON. */
type Row = Readonly<Record<string, unknown>>;

export const EXPORT_TYPES = {
  csv: 'text/csv; charset=utf-8',
  jsonl: 'application/jsonl; charset=utf-8',
} as const;
export type ExportFormat = keyof typeof EXPORT_TYPES;

const WRITERS: Record<
  ExportFormat,
  {
    head: (columns: readonly string[]) => string;
    row: (columns: readonly string[], row: Row) => string;
  }
> = {
  csv: {
    head: (columns) => `${columns.join(',')}\r\n`,
    row: (columns, row) => `${columns.map((column) => csvCell(row[column])).join(',')}\r\n`,
  },
  jsonl: {
    head: () => '',
    row: (columns, row) =>
      `${JSON.stringify(Object.fromEntries(columns.map((name) => [name, row[name] ?? null])))}\n`,
  },
};

/**
 * A response that streams all pieces; a slow reader slows the query, a reader that leaves ends it.
 * The first piece is awaited before anything is answered, so that a refused query is an error and no empty file.
 */
export const exportResponse = async ({
  format,
  name,
  columns,
  pieces,
}: {
  format: ExportFormat;
  /** Stem of the file's name. */
  name: string;
  columns: readonly string[];
  pieces: AsyncIterable<readonly Row[]>;
}): Promise<Response> => {
  const writer = WRITERS[format];
  const iterator = pieces[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  let next = await iterator.next();
  let head = writer.head(columns);
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (next.done === true) {
        if (head !== '') controller.enqueue(encoder.encode(head));
        controller.close();
        return;
      }
      const text = next.value.map((row) => writer.row(columns, row)).join('');
      controller.enqueue(encoder.encode(head + text));
      head = '';
      next = await iterator.next();
    },
    async cancel() {
      await iterator.return?.();
    },
  });
  return new Response(body, {
    headers: {
      'content-type': EXPORT_TYPES[format],
      'content-disposition': `attachment; filename="footprint-${name}.${format}"`,
      'cache-control': 'no-store',
    },
  });
};
