// Puts the parts of reports together: the catalogue, the process for users' SQL, runs and schedules.
import { join } from 'node:path';
import type { Config } from './config.ts';
import type { Control } from './control/control.ts';
import type { Log } from './log.ts';
import { openCatalogue } from './reports/catalogue.ts';
import { createDeliver, createTrial, type TryDestination } from './reports/deliver/deliver.ts';
import { createDestinations, type Destinations } from './reports/deliver/destinations.ts';
import { createReports, type Reports } from './reports/reports.ts';
import { startScheduler } from './reports/scheduler.ts';
import { createSandbox } from './reports/sandbox.ts';
import { createSchedules, type Schedules } from './reports/schedules.ts';
import { SNAPSHOTS_NAME } from './store/snapshot.ts';
import type { Store } from './store/store.ts';

export interface Reporting {
  reports: Reports;
  schedules: Schedules;
  destinations: Destinations;
  tryDestination: TryDestination;
  close(): Promise<void>;
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
  const catalogue = await openCatalogue({
    folder: config.reports,
    check: ({ name, query }) => sandbox.check({ name, text: query.text }),
  });
  const snapshots = join(config.data, SNAPSHOTS_NAME);
  const reports = await createReports({ store, control, catalogue, sandbox, snapshots, now, log });
  const hosts = config.webhook_hosts;
  const destinations = createDestinations({ control, key, hosts, now });
  const { report_output: output, smtp_url, smtp_from } = config;
  const mailing = { smtp_url, smtp_from };
  const delivery = { control, destinations, output, hosts, ...mailing, now, log };
  const deliver = createDeliver(delivery);
  const scheduler = startScheduler({ control, reports, deliver, now, log });
  return {
    reports,
    schedules: createSchedules({ control, catalogue, now }),
    destinations,
    tryDestination: createTrial(delivery),
    async close() {
      await scheduler.close();
      await reports.close();
    },
  };
};
