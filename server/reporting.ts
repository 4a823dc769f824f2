// Puts the parts of reports and alerts together: their catalogues, the process for users' SQL, runs, schedules, states.
import { join } from 'node:path';
import { createAlerts, type Alerts } from './alerts/alerts.ts';
import { startEvaluator } from './alerts/evaluator.ts';
import { openRules } from './alerts/rule.ts';
import type { Config } from './config.ts';
import type { Control } from './control/control.ts';
import type { Log } from './log.ts';
import { DEFAULT_WORKSPACE } from './model/words.ts';
import { createAskRows } from './reports/ask.ts';
import { openCatalogue, type Check } from './reports/catalogue.ts';
import { createDeliver } from './reports/deliver/deliver.ts';
import { createDestinations, type Destinations } from './reports/deliver/destinations.ts';
import { createSend } from './reports/deliver/send.ts';
import { createTrial, type TryDestination } from './reports/deliver/trial.ts';
import { createReports, type Reports } from './reports/reports.ts';
import { startScheduler } from './reports/scheduler.ts';
import { createSandbox } from './reports/sandbox.ts';
import { createSchedules, type Schedules } from './reports/schedules.ts';
import { SNAPSHOTS_NAME } from './store/snapshot.ts';
import type { Store } from './store/store.ts';

/** Below the folder of the user's own reports. */
const RULES_FOLDER = 'alerts';

export interface Reporting {
  reports: Reports;
  schedules: Schedules;
  destinations: Destinations;
  tryDestination: TryDestination;
  alerts: Alerts;
  close: () => Promise<void>;
}

export const startReporting = async ({
  config,
  key,
  store,
  control,
  now,
  log,
}: {
  config: Config;
  /** Seals the secrets of destinations; 32 bytes. */
  key: Uint8Array;
  store: Store;
  control: Control;
  now: () => number;
  log: Log;
}): Promise<Reporting> => {
  const sandbox = createSandbox();
  const check: Check = ({ name, query }) => sandbox.check({ name, text: query.text });
  const catalogue = await openCatalogue({ folder: config.reports, check });
  const rules = await openRules({
    folder: config.reports === null ? null : join(config.reports, RULES_FOLDER),
    check,
  });
  const snapshots = join(config.data, SNAPSHOTS_NAME);
  const reports = await createReports({ store, control, catalogue, sandbox, snapshots, now, log });
  const hosts = config.webhook_hosts;
  const destinations = createDestinations({ control, key, hosts, now });
  const { report_output: output, smtp_url, smtp_from } = config;
  const sending = { destinations, output, hosts, smtp_url, smtp_from, now };
  const send = createSend(sending);
  const deliver = createDeliver({ control, send, log });
  const scheduler = startScheduler({ control, reports, deliver, now, log });
  const evaluator = startEvaluator({
    store,
    control,
    catalogue: rules,
    ask: createAskRows({ store, sandbox, snapshots }),
    destinations,
    send,
    workspaces: [DEFAULT_WORKSPACE],
    now,
    log,
  });
  return {
    alerts: createAlerts({ control, catalogue: rules, destinations, evaluator, now }),
    reports,
    schedules: createSchedules({ control, catalogue, now }),
    destinations,
    tryDestination: createTrial({ send: createSend({ ...sending, waits_ms: [] }), now, log }),
    async close() {
      await evaluator.close();
      await scheduler.close();
      await reports.close();
    },
  };
};
