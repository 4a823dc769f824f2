// What spans tell beside their rows: permissions held, places of the journal, and how far it is loaded.

/** One permission of a surface: `system:action` and a resource pattern, `*` where none is known. */
export interface HeldPermission {
  permission: string;
  resource_pattern: string;
}

/** A permission as a surface tells it. */
export interface ToldPermission extends HeldPermission {
  /** 16 hex digits of the hash of a tool's definition; null where it is no tool or its definition was not told. */
  definition: string | null;
}

/** Where a record of the journal begins. */
export interface JournalPosition {
  segment: number;
  offset: number;
}

/** What the store remembers of loading; written in the transaction that loaded it. */
export interface LoadState {
  /** The first byte of the journal that is not loaded yet. */
  next: JournalPosition;
  /** Number of commits so far; answers are cached by it. */
  commits: number;
  spans: number;
  duplicates: number;
  /** Of them those that tell other things than the span that is kept. */
  conflicts: number;
}
