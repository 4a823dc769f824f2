// Cedar's statements with their places in the text: as much of the grammar as is needed to change a scope and no more.

export interface Token {
  text: string;
  start: number;
  end: number;
}

export interface Entity {
  type: string;
  id: string;
  start: number;
  end: number;
  /** The comma behind it in a list. */
  comma?: Token;
}

/** One part of a scope: no constraint, exactly these entities, or something else. */
export type Scope =
  | { op: 'all' }
  | { op: '==' | 'in'; entities: Entity[]; start: number; end: number }
  | { op: 'other' };

export interface CedarStatement {
  effect: 'permit' | 'forbid';
  principal: Scope;
  action: Scope;
  resource: Scope;
  /** Whether `when` or `unless` follow. */
  clauses: boolean;
  start: number;
  /** Behind its semicolon. */
  end: number;
}

const TOKEN =
  /\s+|\/\/[^\n\r]*|("(?:\\[\s\S]|[^"\\])*"|[A-Za-z_]\w*|\d+|::|==|&&|\|\||[<>!]=|[^\s"])/y;

/** Null where the text is not made of Cedar's tokens. */
export const tokensOf = (text: string): Token[] | null => {
  const tokens: Token[] = [];
  const pattern = new RegExp(TOKEN);
  while (pattern.lastIndex < text.length) {
    const start = pattern.lastIndex;
    const match = pattern.exec(text);
    if (match === null) return null;
    if (match[1] !== undefined) tokens.push({ text: match[1], start, end: pattern.lastIndex });
  }
  return tokens;
};

/** The statements in order, or null where one is not understood. */
export const parseCedar = (text: string): CedarStatement[] | null => {
  const tokens = tokensOf(text);
  if (tokens === null) return null;
  const statements: CedarStatement[] = [];
  let from = 0;
  for (const [at, token] of tokens.entries()) {
    if (token.text !== ';') continue;
    const statement = statementOf(tokens.slice(from, at + 1));
    if (statement === null) return null;
    statements.push(statement);
    from = at + 1;
  }
  return from === tokens.length ? statements : null;
};

const statementOf = (tokens: readonly Token[]): CedarStatement | null => {
  const first = tokens[0];
  const last = tokens.at(-1);
  const head = tokens.findIndex(
    (token, at) =>
      (token.text === 'permit' || token.text === 'forbid') &&
      tokens[at - 1]?.text !== '@' &&
      tokens[at + 1]?.text === '(',
  );
  const effect = tokens[head]?.text;
  if (first === undefined || last === undefined || !isEffect(effect)) return null;
  const parts: Token[][] = [[]];
  let depth = 0;
  let at = head + 1;
  for (; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined) return null;
    if ('([{'.includes(token.text)) depth += 1;
    if (')]}'.includes(token.text)) depth -= 1;
    if (depth === 0) break;
    if (depth === 1 && token.text === ',') parts.push([]);
    else if (!(depth === 1 && token.text === '(')) parts.at(-1)?.push(token);
  }
  // A comma may follow the last part.
  const [principal, action, resource, rest] = parts;
  if (principal === undefined || action === undefined || resource === undefined) return null;
  if (parts.length > 4 || (rest !== undefined && rest.length > 0)) return null;
  return {
    effect,
    principal: scopeOf(principal),
    action: scopeOf(action),
    resource: scopeOf(resource),
    clauses: at < tokens.length - 2,
    start: first.start,
    end: last.end,
  };
};

const isEffect = (text: string | undefined): text is 'permit' | 'forbid' =>
  text === 'permit' || text === 'forbid';

const scopeOf = (tokens: readonly Token[]): Scope => {
  const [name, op, ...rest] = tokens;
  if (name === undefined) return { op: 'other' };
  if (op === undefined) return { op: 'all' };
  const last = rest.at(-1);
  if ((op.text !== '==' && op.text !== 'in') || last === undefined) return { op: 'other' };
  const inner = rest[0]?.text === '[' && last.text === ']' ? rest.slice(1, -1) : rest;
  const entities = entitiesOf(inner);
  if (entities === null) return { op: 'other' };
  return { op: op.text, entities, start: name.start, end: last.end };
};

/** `A::"x", B::C::"y"` */
const entitiesOf = (tokens: readonly Token[]): Entity[] | null => {
  const entities: Entity[] = [];
  let path: Token[] = [];
  for (const token of tokens) {
    const before = entities.at(-1);
    if (token.text === ',' && path.length === 0 && before?.comma === undefined) {
      if (before === undefined) return null;
      before.comma = token;
      continue;
    }
    path.push(token);
    if (!token.text.startsWith('"')) continue;
    const id = unquoted(token.text);
    const type = path
      .slice(0, -2)
      .map(({ text }) => text)
      .join('');
    const start = path[0]?.start ?? token.start;
    if (id === null || path.at(-2)?.text !== '::' || !/^\w+(::\w+)*$/.test(type)) return null;
    entities.push({ type, id, start, end: token.end });
    path = [];
  }
  return path.length === 0 && entities.length > 0 ? entities : null;
};

const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', '0': '\0' };

/** What a quoted string of Cedar says; null where it is none. */
const unquoted = (quoted: string): string | null => {
  let failed = false;
  const text = quoted
    .slice(1, -1)
    .replace(/\\(u\{[0-9a-fA-F_]{1,8}\}|x[0-7][0-9a-fA-F]|[\s\S])/g, (_, escape: string) => {
      if (/^[ux]./.test(escape)) {
        const code = Number.parseInt(escape.replace(/^[ux]\{?|[_}]/g, ''), 16);
        if (code <= 0x10ffff) return String.fromCodePoint(code);
      }
      const known = ESCAPES[escape] ?? (/^["'\\]$/.test(escape) ? escape : undefined);
      failed ||= known === undefined;
      return known ?? '';
    });
  return failed ? null : text;
};
