// What a reader of grants answers: permissions with the place that grants each, what was widened, what was not read.

export interface Granted {
  permission: string;
  /** `*` stands for any text, as everywhere here. */
  resource_pattern: string;
  /** The file with the statement or line, or the role, that is to be edited. */
  source_ref: string;
}

export interface Reading {
  granted: Granted[];
  /** What our patterns cannot say exactly, in sentences; then more is counted as granted than is. */
  notes: string[];
  /** What could not be read: less may be told than is granted. */
  problems: string[];
}

/** One agent's part of what was read; without a name it is the agent that the command names. */
export interface AgentReading extends Reading {
  agent?: string;
}

export const emptyReading = (): Reading => ({ granted: [], notes: [], problems: [] });
