// Text that agents chose, made safe to look at: what cannot be seen, or turns text around, becomes a mark.

/** A stretch of text, or one character that is shown as a mark. */
export interface Piece {
  readonly text: string;
  readonly mark: boolean;
}

/** Control characters, bidirectional overrides, zero-width and tag characters, lone surrogates. */
const UNSEEN =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** Longer text is cut here: names are shown in one line, and a megabyte of one stalls the page. */
const LONGEST = 2000;

const nameOf = (character: string): string => {
  const point = character.codePointAt(0) ?? 0;
  if (point === 0x0a) return '↵';
  if (point === 0x09) return '⇥';
  return `U+${point.toString(16).toUpperCase().padStart(4, '0')}`;
};

/** `text` in pieces, in order: runs that may be shown, and marks for what may not. */
export const pieces = (text: string): Piece[] => {
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  const found: Piece[] = [];
  let start = 0;
  for (const match of shown.matchAll(UNSEEN)) {
    if (match.index > start) found.push({ text: shown.slice(start, match.index), mark: false });
    found.push({ text: nameOf(match[0]), mark: true });
    start = match.index + match[0].length;
  }
  if (start < shown.length) found.push({ text: shown.slice(start), mark: false });
  return found;
};

/** `text` as one line for titles, labels and charts, marks in angle quotes. */
export const plain = (text: string): string =>
  pieces(text)
    .map((piece) => (piece.mark ? `‹${piece.text}›` : piece.text))
    .join('');

/** `plain` cut in its middle to at most `longest` characters: both ends of a name tell it apart. */
export const shortened = (text: string, longest: number): string => {
  const characters = [...plain(text)];
  if (characters.length <= longest) return characters.join('');
  const head = Math.ceil((longest - 1) * 0.6);
  const tail = longest - 1 - head;
  return `${characters.slice(0, head).join('')}…${characters.slice(characters.length - tail).join('')}`;
};
