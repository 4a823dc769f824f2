// A run as it is kept: read from the control data, with all that drawing it needs beside its rows.
import type { ControlRow } from '../control/control.ts';
import type { Row } from '../store/store.ts';
import type { ChartSpec, Definition } from './definition.ts';
import type { AskedParams, Counts } from './run.ts';

/** What a run's rows are: kept with them, since the report's file may change or go. */
export interface Shape {
  question: string;
  columns: readonly { name: string; type: string }[];
  severity: string | null;
  chart: ChartSpec | null;
  /** The file as it ran. */
  sql?: string;
}

export const shapeOf = ({ query, severity, chart }: Definition): Shape => ({
  question: query.question,
  columns: query.columns.map(({ name, type }) => ({ name, type })),
  severity,
  chart,
  sql: query.text,
});

export interface DeliveryTold {
  destination: string;
  kind: string;
  state: 'delivered' | 'failed';
  attempts: number;
  ended_at: string;
  detail: string;
}

export interface RunTold {
  id: string;
  report: string;
  title: string;
  state: 'running' | 'done' | 'failed';
  started_by: string;
  schedule_id: string | null;
  params: AskedParams;
  digest: string;
  started_at: string;
  duration_ms: number | null;
  row_count: number | null;
  truncated: boolean;
  counts: Counts | null;
  error_code: string | null;
  error: string | null;
  deliveries: DeliveryTold[];
}

/** A run with its rows; none where it is not done or its rows are forgotten. */
export interface KeptRun extends RunTold {
  shape: Shape | null;
  rows: Row[];
}

export const runTold = (row: ControlRow): RunTold => ({
  id: text(row, 'id'),
  report: text(row, 'report'),
  title: text(row, 'title'),
  state: text(row, 'state') as RunTold['state'],
  started_by: text(row, 'started_by'),
  schedule_id: maybeText(row, 'schedule_id'),
  params: parsed<AskedParams>(row, 'params') ?? {
    environment: null,
    agent: null,
    since: '',
    until: '',
  },
  digest: text(row, 'digest'),
  started_at: text(row, 'started_at'),
  duration_ms: maybeNumber(row, 'duration_ms'),
  row_count: maybeNumber(row, 'row_count'),
  truncated: row['truncated'] === 1,
  counts: parsed<Counts>(row, 'counts'),
  error_code: maybeText(row, 'error_code'),
  error: maybeText(row, 'error'),
  deliveries: parsed<DeliveryTold[]>(row, 'deliveries') ?? [],
});

export const keptRun = (row: ControlRow): KeptRun => ({
  ...runTold(row),
  shape: parsed<Shape>(row, 'columns'),
  rows: parsed<Row[]>(row, 'body') ?? [],
});

const text = (row: ControlRow, name: string): string => String(row[name] ?? '');
const maybeText = (row: ControlRow, name: string): string | null => {
  const value = row[name];
  return typeof value === 'string' ? value : null;
};
const maybeNumber = (row: ControlRow, name: string): number | null => {
  const value = row[name];
  return typeof value === 'number' ? value : null;
};
const parsed = <Value>(row: ControlRow, name: string): Value | null => {
  const value = row[name];
  return typeof value === 'string' ? (JSON.parse(value) as Value) : null;
};
