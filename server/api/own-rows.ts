// Rows of the control data of one workspace, as an answer shows them.
import type { ControlRow } from '../control/control.ts';
import type { ApiContext } from './context.ts';

/** The rows of the caller's workspace, without its name. */
export const ownRows = (rows: readonly ControlRow[], c: ApiContext): Record<string, unknown>[] =>
  rows
    .filter((row) => row['workspace'] === c.var.workspace)
    .map((row) => ({ ...row, workspace: undefined }));
