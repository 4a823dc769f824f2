// Asks a report or a rule: a built-in one of the store, a user's own of a snapshot in a process that can be killed.
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Row, Store } from '../store/store.ts';
import type { Definition } from './definition.ts';
import { bindingsOf, BODY_BYTES_MAX, ROWS_MAX, RUN_TIMEOUT_MS, type AskedParams } from './run.ts';
import type { Sandbox } from './sandbox.ts';

export interface AskDefinition {
  definition: Definition;
  asked: AskedParams;
  workspace: string;
  /** Of the store's catalogue, before the name of a built-in one; null for a user's own. */
  prefix: string | null;
}

/** One row more than is kept, where there are more. */
export type AskRows = (ask: AskDefinition) => Promise<Row[]>;

export const createAskRows =
  ({
    store,
    sandbox,
    snapshots,
  }: {
    store: Store;
    sandbox: Sandbox;
    /** Folder that the store may write snapshots to. */
    snapshots: string;
  }): AskRows =>
  async ({ definition, asked, workspace, prefix }) => {
    const params = bindingsOf(definition, asked, workspace);
    const { name, query } = definition;
    if (prefix !== null) {
      return store.ask({ name: `${prefix}${name}`, params, timeout_ms: RUN_TIMEOUT_MS });
    }
    const snapshot = join(snapshots, randomUUID());
    try {
      await store.snapshot({ workspace, folder: snapshot });
      const limits = { rows_max: ROWS_MAX + 1, bytes_max: BODY_BYTES_MAX };
      return await sandbox.run({ name, text: query.text }, { snapshot, params, ...limits });
    } finally {
      await rm(snapshot, { recursive: true, force: true });
    }
  };
