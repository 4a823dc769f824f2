// Puts the parts of reports together: the catalogue, the process for users' SQL, runs and schedules.
import { join } from 'node:path';
import type { Config } from './config.ts';
import type { Control } from './control/control.ts';
import type { Log } from './log.ts';
import { openCatalogue } from './reports/catalogue.ts';
import { createReports, type Reports } from './reports/reports.ts';
import { createSandbox } from './reports/sandbox.ts';
import { createSchedules, type Schedules } from './reports/schedules.ts';
import { SNAPSHOTS_NAME } from './store/snapshot.ts';
import type { Store } from './store/store.ts';

export interface Reporting {
  reports: Reports;
  schedules: Schedules;
  close(): Promise<void>;
}

export const startReporting = async ({
  config,
  store,
  control,
  now,
  log,
}: {
  config: Config;
  store: Store;
  control: Control;
  now: () => number;
  log: Log;
}): Promise<Reporting> => {
  const sandbox = createSandbox();
  const catalogue = await openCatalogue({
    folder: config.reports,
    check: ({ name, query }) => sandbox.check({ name, text: query.text }),
  });
  const snapshots = join(config.data, SNAPSHOTS_NAME);
  const reports = await createReports({ store, control, catalogue, sandbox, snapshots, now, log });
  return {
    reports,
    schedules: createSchedules({ control, catalogue, now }),
    close: () => reports.close(),
  };
};
