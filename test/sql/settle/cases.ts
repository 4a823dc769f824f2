// All cases of settling.
import { ACTION_CASES } from './cases-actions.ts';
import { GRANT_CASES } from './cases-grants.ts';
import { LOGGED_CASES } from './cases-logged.ts';
import { NAME_CASES } from './cases-names.ts';
import { SESSION_CASES } from './cases-sessions.ts';
import type { Case } from './words.ts';

export const CASES: readonly Case[] = [
  ...ACTION_CASES,
  ...NAME_CASES,
  ...SESSION_CASES,
  ...GRANT_CASES,
  ...LOGGED_CASES,
];
