// Figures for Prometheus: counters and latencies of requests and queries, and gauges read when they are asked for.
import type { Ask, Row, Store } from './store/store.ts';

/** Upper ends of the latency buckets in seconds: from a cached answer to the query deadline. */
const BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

interface Histogram {
  counts: number[];
  sum: number;
  total: number;
}

/** One figure read at the moment of asking. */
export interface Gauge {
  name: string;
  help: string;
  type: 'gauge' | 'counter';
  value: number;
}

export interface Metrics {
  /** Counts an answered request; `route` is the pattern and never the path. */
  request(route: string, method: string, status: number, seconds: number): void;
  /** Counts an answered call over gRPC by its method's path and status code. */
  call(path: string, code: number): void;
  query(name: string, seconds: number, failed: boolean): void;
  /** Counts log records that told nothing of permissions and were not kept. */
  passedOver(records: number): void;
  /** Prometheus text format 0.0.4. */
  render(gauges: readonly Gauge[]): string;
}

export const createMetrics = (): Metrics => {
  const requests = new Map<string, number>();
  const calls = new Map<string, number>();
  const request_seconds = new Map<string, Histogram>();
  const query_seconds = new Map<string, Histogram>();
  const query_failures = new Map<string, number>();
  let passed_over = 0;
  return {
    passedOver(records) {
      passed_over += records;
    },
    request(route, method, status, seconds) {
      const labels = `route="${escape(route)}",method="${escape(method)}",status="${status}"`;
      requests.set(labels, (requests.get(labels) ?? 0) + 1);
      observe(request_seconds, `route="${escape(route)}"`, seconds);
    },
    call(path, code) {
      const labels = `method="${escape(path)}",code="${code}"`;
      calls.set(labels, (calls.get(labels) ?? 0) + 1);
    },
    query(name, seconds, failed) {
      const labels = `query="${escape(name)}"`;
      observe(query_seconds, labels, seconds);
      if (failed) query_failures.set(labels, (query_failures.get(labels) ?? 0) + 1);
    },
    render: (gauges) =>
      [
        ...gauges.flatMap(({ name, help, type, value }) => [
          ...head(name, help, type),
          `${name} ${value}`,
        ]),
        ...head(
          'footprint_log_records_passed_over_total',
          'Log records that tell nothing of permissions: received and not kept.',
          'counter',
        ),
        `footprint_log_records_passed_over_total ${passed_over}`,
        ...counters('footprint_requests_total', 'Requests answered.', requests),
        ...counters('footprint_grpc_calls_total', 'Calls over gRPC answered.', calls),
        ...histograms('footprint_request_seconds', 'Time to answer a request.', request_seconds),
        ...histograms('footprint_query_seconds', 'Time of a question to the store.', query_seconds),
        ...counters('footprint_query_failures_total', 'Questions that failed.', query_failures),
        '',
      ].join('\n'),
  };
};

/** The store, with the time of every question observed. `clock` is in milliseconds and only goes forward. */
export const timedStore = (store: Store, metrics: Metrics, clock: () => number): Store => {
  const timed = async <Answer>(name: string, ask: () => Promise<Answer>): Promise<Answer> => {
    const began = clock();
    let failed = true;
    try {
      const answer = await ask();
      failed = false;
      return answer;
    } finally {
      metrics.query(name, (clock() - began) / 1000, failed);
    }
  };
  return {
    ask: (ask: Ask): Promise<Row[]> => timed(ask.name, () => store.ask(ask)),
    stream: (ask) => store.stream(ask),
    putGrants: (grants) => store.putGrants(grants),
    putRulings: (rulings) => store.putRulings(rulings),
    state: () => store.state(),
    settleAll: () => store.settleAll(),
    snapshot: (options) => timed('snapshot', () => store.snapshot(options)),
    close: () => store.close(),
  };
};

const observe = (into: Map<string, Histogram>, labels: string, seconds: number): void => {
  const known = into.get(labels) ?? { counts: BUCKETS_S.map(() => 0), sum: 0, total: 0 };
  known.counts = BUCKETS_S.map((end, i) => (known.counts[i] ?? 0) + (seconds <= end ? 1 : 0));
  known.sum += seconds;
  known.total += 1;
  into.set(labels, known);
};

const head = (name: string, help: string, type: string): string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${type}`,
];

const counters = (name: string, help: string, values: ReadonlyMap<string, number>): string[] =>
  values.size === 0
    ? []
    : [
        ...head(name, help, 'counter'),
        ...[...values].map(([labels, count]) => `${name}{${labels}} ${count}`),
      ];

const histograms = (name: string, help: string, of: ReadonlyMap<string, Histogram>): string[] =>
  of.size === 0
    ? []
    : [
        ...head(name, help, 'histogram'),
        ...[...of].flatMap(([labels, { counts, sum, total }]) => [
          ...BUCKETS_S.map((end, i) => `${name}_bucket{${labels},le="${end}"} ${counts[i] ?? 0}`),
          `${name}_bucket{${labels},le="+Inf"} ${total}`,
          `${name}_sum{${labels}} ${sum}`,
          `${name}_count{${labels}} ${total}`,
        ]),
      ];

const escape = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
