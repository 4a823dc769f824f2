// A run as Markdown: what was asked, how the findings count, and the rows as one table.
import type { KeptRun } from '../kept.ts';
import { cellText, countsText, headOf, isNumeric } from '../../../web/report/cells.ts';
import { windowText } from '../../../web/report/view.ts';

/** A chat or a code review shows no longer table; the whole is in the other formats. */
const ROWS_MAX = 500;

export const toMarkdown = (run: KeptRun): string => {
  const columns = run.shape?.columns ?? [];
  const rows = run.rows.slice(0, ROWS_MAX);
  const lines = [
    `# ${escaped(run.title)}`,
    '',
    escaped(run.shape?.question ?? ''),
    '',
    `${escaped(windowText(run))} · ${run.rows.length} rows${run.counts === null ? '' : ` · ${countsText(run.counts)}`}`,
    '',
    `| ${columns.map((column) => headOf(column.name)).join(' | ')} |`,
    `| ${columns.map((column) => (isNumeric(column.type) ? '---:' : '---')).join(' | ')} |`,
    ...rows.map(
      (row) => `| ${columns.map(({ name }) => escaped(cellText(name, row[name]))).join(' | ')} |`,
    ),
    ...(rows.length < run.rows.length || run.truncated
      ? ['', `The first ${rows.length} rows; the whole is in the other formats.`]
      : []),
    '',
    `Run ${run.id}, SQL ${run.digest.slice(0, 12)}, ${run.started_at}`,
  ];
  return `${lines.join('\n')}\n`;
};

/** Agent-chosen text stays text: no cell ends its column, and nothing in it is markup or a link. */
const escaped = (text: string): string =>
  text
    .replaceAll(/[\\`*_[\]|~]/g, (char) => `\\${char}`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/\bhttps?:/gi, (scheme) => scheme.replace(':', '&#58;'));
