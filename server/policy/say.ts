// Names that others chose, made safe to stand in a comment, in a note and between double quotes.

/** A comment is read at a glance; an agent that names a permission with a page of text gets its beginning. */
const COMMENT_CHARS_MAX = 300;
/** A note lists so many names and counts the rest. */
const NAMES_MAX = 20;

/** Controls, separators of lines, marks that turn the direction of text, and what is no character at all. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Cn}\p{Co}]/gu;

/** The text on one line, with everything that is not seen written as its number. */
export const plain = (text: string): string => {
  const cut = [...text.slice(0, 2 * COMMENT_CHARS_MAX)].slice(0, COMMENT_CHARS_MAX).join('');
  const shown = cut.replace(UNSEEN, (char) => `\\u{${codeOf(char)}}`);
  return cut.length < text.length ? `${shown}…` : shown;
};

const codeOf = (char: string): string => (char.codePointAt(0) ?? 0).toString(16);

/** A few names in a sentence, each once. */
export const names = (texts: readonly string[]): string => {
  const each = [...new Set(texts)].map((text) => `\`${plain(text)}\``);
  const rest = each.length - NAMES_MAX;
  return each.slice(0, NAMES_MAX).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
};

/** A string of Cedar: printable ASCII as it is, everything else by its number. */
export const cedarString = (text: string): string => `"${cedarInner(text)}"`;

export const cedarInner = (text: string): string =>
  text.replace(/[^ !#-[\]-~]/gu, (char) =>
    char === '"' || char === '\\' ? `\\${char}` : `\\u{${codeOf(char)}}`,
  );

/** A double-quoted scalar of YAML, in ASCII alone, so that every parser reads the same text. */
export const yamlString = (text: string): string =>
  `"${text.replace(/[^ !#-[\]-~]/gu, (char) =>
    char === '"' || char === '\\' ? `\\${char}` : `\\U${codeOf(char).padStart(8, '0')}`,
  )}"`;

/** JSON as files hold it. */
export const jsonText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
