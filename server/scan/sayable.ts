// Text of people's settings and commands as it may be printed: whatever looks like a secret is left out of it.
import { isSecretKey, replaceSecrets } from '../../collector/secrets.ts';

/** Stands for what is left out; never part of a rule that is told to be pasted. */
export const HIDDEN = '[hidden]';
/** Flags, headers and database clients' options whose value is a secret, by the names that secrets have. */
const TOLD_SECRETS: readonly RegExp[] = [
  /(--?[a-z-]*(?:token|secret|password|passwd|api-?key|access-?key|auth|credential)[a-z-]*(?:\s+|=))("[^"]*"|'[^']*'|\S+)/gi,
  /([A-Za-z-]*(?:key|token|secret|auth)[A-Za-z-]*:\s+)("[^"]*"|'[^']*'|[^\s"']+)/gi,
  /(\b(?:mysql|mariadb|mongo|sshpass)\w*\b[^|;&]*\s-p)(\S+)/gi,
  /(\s(?:-u|--user)[\s=]*[^\s:]+:)(\S+)/g,
];
const ASSIGNMENT = /\b([A-Za-z_][A-Za-z0-9_]*)=("[^"]*"|'[^']*'|[^\s;&|)]+)/g;
/** An unbroken word of mixed letters and digits this long is an id at best, and a token without a shape at worst. */
const OPAQUE = /(?<![A-Za-z0-9])(?=[A-Za-z]*\d[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{16,}/g;
/** A URL keeps its host: paths and queries of MCP servers and hooks carry keys. */
const URL_REST = /(\bhttps?:\/\/)(?:[^\s/@"']*@)?([^\s/?#"')]+)([/?#][^\s"')]*)?/gi;
/** Control and direction characters would let a file redraw the terminal (Unicode TR 36). */
const CONTROLS = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** The text without secrets and control characters. */
export const sayable = (text: string): string =>
  TOLD_SECRETS.reduce(
    (clean, pattern) => clean.replace(pattern, `$1${HIDDEN}`),
    replaceSecrets(text, () => HIDDEN),
  )
    .replace(URL_REST, (_all, scheme: string, host: string, rest: string | undefined) =>
      rest === undefined || rest === '/' ? scheme + host : `${scheme}${host}/${HIDDEN}`,
    )
    .replace(ASSIGNMENT, (all, name: string) => (isSecretKey(name) ? `${name}=${HIDDEN}` : all))
    .replace(OPAQUE, HIDDEN)
    .replace(CONTROLS, '�');

/** Whether the text can be told whole, and so be pasted. */
export const isSayable = (text: string): boolean => sayable(text) === text;
