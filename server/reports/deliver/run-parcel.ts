// A run as what is sent to a destination.
import { countsText } from '../../../web/report/cells.ts';
import { windowText } from '../../../web/report/view.ts';
import type { KeptRun } from '../kept.ts';
import { render, type Format } from '../render/render.ts';
import type { Parcel } from './send.ts';
import { slack } from './webhook.ts';

/** Rows told in the body; the whole run is in the server and in the other formats. */
const ROWS_MAX = 100;

export const parcelOf = async (run: KeptRun, formats: readonly Format[]): Promise<Parcel> => ({
  headers: { 'footprint-run': run.id },
  body: bodyOf(run),
  subject: `${run.title}: ${run.counts === null ? `${run.rows.length} rows` : countsText(run.counts)}`,
  text: `${run.shape?.question ?? ''}\n\n${run.rows.length} rows, ${windowText(run)}\n`,
  files: await Promise.all(formats.map((format) => render(run, format))),
});

const bodyOf = (run: KeptRun): string => {
  const { shape, rows, ...told } = run;
  const findings = run.counts === null ? '' : `, ${countsText(run.counts)}`;
  const text = `*${slack(run.title)}*: ${rows.length} rows${findings} (${slack(windowText(run))})`;
  return JSON.stringify({
    text,
    run: told,
    columns: shape?.columns ?? [],
    rows: rows.slice(0, ROWS_MAX),
  });
};
