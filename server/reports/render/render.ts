// A run as a file: JSON, CSV, Markdown or one HTML page.
import { AppError } from '../../errors.ts';
import { csvCell } from '../../model/csv.ts';
import type { KeptRun } from '../kept.ts';
import { toHtml } from './html.ts';
import { toMarkdown } from './markdown.ts';

export const FORMATS = ['html', 'md', 'csv', 'json'] as const;
export type Format = (typeof FORMATS)[number];

export interface Rendered {
  format: Format;
  type: string;
  body: string;
  /** `unused_grants-2026-11-27T080000Z.html` */
  file_name: string;
}

const TYPES: Record<Format, string> = {
  html: 'text/html; charset=utf-8',
  md: 'text/markdown; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  json: 'application/json',
};

/** Throws AppError `bad_request` where the run has no rows to show. */
export const render = async (run: KeptRun, format: Format): Promise<Rendered> => {
  if (run.state !== 'done' || run.shape === null) {
    throw new AppError('bad_request', `the run is ${run.state}: it has no rows`);
  }
  const stamp = run.started_at.slice(0, 19).replaceAll(':', '');
  return {
    format,
    type: TYPES[format],
    body: await bodyOf(run, format),
    file_name: `${run.report}-${stamp}Z.${format}`,
  };
};

const bodyOf = async (run: KeptRun, format: Format): Promise<string> => {
  switch (format) {
    case 'html':
      return toHtml(run);
    case 'md':
      return toMarkdown(run);
    case 'csv':
      return toCsv(run);
    case 'json':
      return `${JSON.stringify(run, null, 2)}\n`;
  }
};

const toCsv = ({ shape, rows }: KeptRun): string => {
  const names = (shape?.columns ?? []).map((column) => column.name);
  const lines = rows.map((row) => names.map((name) => csvCell(row[name])).join(','));
  return `${[names.join(','), ...lines].join('\r\n')}\r\n`;
};
