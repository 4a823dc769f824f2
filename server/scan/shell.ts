// A shell command as Claude Code's permission rules see it: its parts, and the words that name each.

/** Commands longer than this are scripts in a here-document; the rules look at their beginning. */
const COMMAND_CHARS_MAX = 20_000;
/** Prefixes that run another command and that the rules look through. */
const WRAPPERS = new Set(['timeout', 'time', 'nice', 'nohup', 'stdbuf', 'command']);
/** Programs whose second word names what they do; of others it is an operand, and may be anything. */
const WITH_SUBCOMMANDS = new Set(
  (
    'apt apt-get aws az brew bun bundle cargo composer conda deno docker dotnet flutter flyctl gcloud gem gh git go ' +
    'gradle helm heroku just kubectl make mvn nix npm npx nx pip pip3 pipx pnpm podman poetry rake rustup supabase ' +
    'systemctl terraform tofu turbo uv uvx vercel wrangler yarn'
  ).split(' '),
);
/** Of these the third word says what is run. */
const WITH_RUN = new Set(['run', 'exec', 'compose']);
/** Words of the shell's own; some stand before a command, others before none. */
const BEFORE_COMMAND = new Set([
  'do',
  'then',
  'else',
  'if',
  'elif',
  'while',
  'until',
  '!',
  '{',
  '(',
]);
const NO_COMMAND = new Set([
  'for',
  'case',
  'select',
  'done',
  'fi',
  'esac',
  'function',
  'in',
  'EOF',
]);
/** Variables set for one command; their values are never looked at. */
const ASSIGNMENTS =
  /^(?:[A-Za-z_][A-Za-z0-9_]*\+?=(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'])*(?:\s+|$))+/;
/** What follows the line of a here-document is text and no command. */
const HERE_DOCUMENT = /<<[-~]?\s*\\?["']?\w+/;
const PROGRAM = /^[A-Za-z0-9_.][A-Za-z0-9_./+-]{0,79}$/;
const SUBCOMMAND = /^[a-z][a-z0-9:_-]{0,30}$/;

/** Parts joined by `&&`, `||`, `;`, `|`, `&` or a line's end, outside quotes; quotes stay. */
export const partsOf = (command: string): string[] => {
  const parts: string[] = [];
  let part = '';
  let quote = '';
  const text = withoutDocument(command.slice(0, COMMAND_CHARS_MAX));
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (char === '\\' && quote !== "'") {
      part += char + (text[at + 1] ?? '');
      at += 1;
      continue;
    }
    if (quote === '' && (char === '"' || char === "'")) quote = char;
    else if (char === quote) quote = '';
    // `2>&1` and `&>` redirect and join nothing.
    const redirects = char === '&' && (text[at - 1] === '>' || text[at + 1] === '>');
    if (quote === '' && /[;|&\n]/.test(char) && !redirects) {
      parts.push(part);
      part = '';
    } else part += char;
  }
  return [...parts, part].map((one) => one.trim()).filter((one) => one !== '');
};

const withoutDocument = (text: string): string => {
  const begins = HERE_DOCUMENT.exec(text)?.index ?? -1;
  const end = begins === -1 ? -1 : text.indexOf('\n', begins);
  return end === -1 ? text : text.slice(0, end);
};

/** The part without variables set for it, words of the shell's own and programs that only run another. */
export const unwrapped = (part: string): string => {
  let rest = part;
  for (;;) {
    const plain = rest.replace(ASSIGNMENTS, '');
    const [first = '', ...more] = plain.split(/\s+/);
    const wraps = WRAPPERS.has(first);
    if (!(wraps || BEFORE_COMMAND.has(first)) || more.length === 0) return plain;
    const skip = wraps ? more.findIndex((word) => !/^(-\S+|\d+[smh]?)$/.test(word)) : 0;
    if (skip === -1) return plain;
    rest = more.slice(skip).join(' ');
  }
};

/** The words that name a part, `git status` or `node`; null where it begins with no plain program. */
export const nameOfPart = (part: string): string | null => {
  const [program = '', second = '', third = ''] = unwrapped(part).split(/\s+/);
  if (!PROGRAM.test(program) || NO_COMMAND.has(program)) return null;
  if (!WITH_SUBCOMMANDS.has(program) || !SUBCOMMAND.test(second)) return program;
  return WITH_RUN.has(second) && SUBCOMMAND.test(third)
    ? `${program} ${second} ${third}`
    : `${program} ${second}`;
};
