// Arrow keys in a table of links: one tab stop, and moves to the next link in a row or column.
import type { Attachment } from 'svelte/attachments';

const MOVES: Readonly<Record<string, readonly [rows: number, columns: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

const linkAt = (table: HTMLTableElement, row: number, column: number): HTMLElement | null =>
  table.rows[row]?.cells[column]?.querySelector('a') ?? null;

/** The first link from a place on, in steps; null where the table ends before one comes. */
const nextLink = (
  table: HTMLTableElement,
  from: { row: number; column: number },
  [rows, columns]: readonly [number, number],
): HTMLElement | null => {
  let row = from.row + rows;
  let column = from.column + columns;
  while (row >= 0 && row < table.rows.length) {
    const cells = table.rows[row]?.cells.length ?? 0;
    if (column < 0 || column >= cells) return null;
    const link = linkAt(table, row, column);
    if (link !== null) return link;
    row += rows;
    column += columns;
  }
  return null;
};

const placeOf = (link: Element): { row: number; column: number } | null => {
  const cell = link.closest<HTMLTableCellElement>('td, th');
  const row = cell?.parentElement;
  if (!(row instanceof HTMLTableRowElement) || cell === null) return null;
  return { row: row.rowIndex, column: cell.cellIndex };
};

const focus = (table: HTMLTableElement, link: HTMLElement): void => {
  for (const one of table.querySelectorAll<HTMLElement>('a[tabindex="0"]')) one.tabIndex = -1;
  link.tabIndex = 0;
  link.focus();
};

/** Attach to a table whose links have tabindex -1; its first link becomes the tab stop. */
export const gridKeys: Attachment<HTMLTableElement> = (table) => {
  const first = table.querySelector<HTMLElement>('a');
  if (first !== null) first.tabIndex = 0;
  const onKey = (event: KeyboardEvent) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const from = placeOf(link);
    const move = MOVES[event.key];
    if (from === null || (move === undefined && event.key !== 'Home' && event.key !== 'End'))
      return;
    event.preventDefault();
    const end = table.rows[from.row]?.cells.length ?? 0;
    const next =
      move !== undefined
        ? nextLink(table, from, move)
        : event.key === 'Home'
          ? nextLink(table, { row: from.row, column: -1 }, [0, 1])
          : nextLink(table, { row: from.row, column: end }, [0, -1]);
    if (next !== null) focus(table, next);
  };
  table.addEventListener('keydown', onKey);
  return () => table.removeEventListener('keydown', onKey);
};
