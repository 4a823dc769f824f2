// Claude Code's permission rules, `Tool` or `Tool(specifier)`, and which uses each of them covers.
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { partsOf, unwrapped } from './shell.ts';
import type { Use } from './transcript.ts';

/** Tools that the rules of `Read` and of `Edit` are for; files in rules of other names are never looked at by Claude Code. */
const READERS = new Set(['Read', 'Grep', 'Glob', 'LS', 'NotebookRead']);
const EDITORS = new Set(['Edit', 'Write', 'MultiEdit', 'NotebookEdit']);
const PARAMETER = /^[a-z_]+:(?!\*)/;
/** A rule of some thousand characters is a command that somebody allowed once; no more of it is compared. */
const RULE_CHARS_MAX = 4096;

/** What a rule is about, as far as its form is understood. */
export interface Rule {
  text: string;
  tool: string;
  /** Null where the whole tool is meant. */
  specifier: string | null;
}

export const parseRule = (text: string): Rule | null => {
  const match = /^([A-Za-z*][\w*-]*(?:[.:/@][\w*-]+)*)(?:\(([\s\S]*)\))?$/.exec(text.trim());
  const tool = match?.[1];
  if (tool === undefined || text.length > RULE_CHARS_MAX) return null;
  const specifier = match?.[2];
  return { text, tool, specifier: specifier === undefined || specifier === '*' ? null : specifier };
};

/** Where a rule stands: paths in it are told from there. */
export interface Place {
  /** Folder that `/path` starts from: the project, or the settings' own folder. */
  root: string;
  home?: string;
}

/** Whether a rule covers a use; null where its form is not understood, so that nothing is claimed of it. */
export const createMatcher = (rule: Rule, place: Place): ((use: Use) => boolean) | null => {
  const { tool, specifier } = rule;
  if (tool.startsWith('mcp__')) return specifier === null ? mcpMatcher(tool) : null;
  if (specifier === null) return toolMatcher(tool);
  if (tool === 'WebFetch') return domainMatcher(specifier);
  // `Tool(parameter:value)` looks at inputs that are not kept.
  if (tool !== 'Skill' && PARAMETER.test(specifier)) return null;
  if (tool === 'Bash') return bashMatcher(specifier);
  if (tool === 'Read' || tool === 'Edit') return fileMatcher(tool, specifier, place);
  if (tool === 'Task' || tool === 'Agent')
    return ({ tool: used, input }) => ['Task', 'Agent'].includes(used) && input.agent === specifier;
  if (tool === 'Skill') return skillMatcher(specifier);
  return null;
};

const toolMatcher = (tool: string): ((use: Use) => boolean) => {
  if (tool.includes('*')) {
    const pattern = globOf(tool, '.');
    return (use) => pattern.test(use.tool);
  }
  const covered = tool === 'Edit' ? EDITORS : tool === 'Read' ? READERS : new Set([tool]);
  return (use) => covered.has(use.tool);
};

/** `mcp__server` and `mcp__server__*` cover a server's tools, `mcp__server__tool` covers one. */
const mcpMatcher = (tool: string): ((use: Use) => boolean) => {
  if (tool.includes('*')) {
    const pattern = globOf(tool, '.');
    return (use) => pattern.test(use.tool);
  }
  return (use) => use.tool === tool || (isServer(tool) && use.tool.startsWith(`${tool}__`));
};

export const isServer = (tool: string): boolean => tool.split('__').length === 2;

/** `prefix:*` and `prefix *` end at a word's end; `*` elsewhere stands for anything; else the command is meant exactly. */
const bashMatcher = (specifier: string): ((use: Use) => boolean) => {
  const prefix = /^([^*]*?)(?::\*| \*)$/.exec(specifier)?.[1];
  const pattern = specifier.includes('*') ? globOf(specifier, '[\\s\\S]') : null;
  const fits = (part: string): boolean => {
    if (prefix !== undefined) return part === prefix || part.startsWith(`${prefix} `);
    return pattern === null ? part === specifier : pattern.test(part);
  };
  return ({ tool, input }) => {
    if (tool !== 'Bash' || input.command === undefined) return false;
    if (input.whole === specifier || fits(input.command.trim())) return true;
    return partsOf(input.command).some((part) => fits(part) || fits(unwrapped(part)));
  };
};

/** Patterns as in .gitignore: `//` from the disk's root, `~/` from home, `/` from the settings, else from the folder of work. */
const fileMatcher = (
  tool: 'Read' | 'Edit',
  specifier: string,
  place: Place,
): ((use: Use) => boolean) => {
  const covered = tool === 'Edit' ? EDITORS : READERS;
  return (use) => {
    const path = use.input.path;
    if (!covered.has(use.tool) || path === undefined) return false;
    const full = isAbsolute(path) ? path : resolve(use.cwd, path);
    return anchored(specifier, place, use.cwd).some((pattern) => pattern.test(full));
  };
};

const anchored = (specifier: string, { root, home = homedir() }: Place, cwd: string): RegExp[] => {
  const below = (path: string): RegExp[] => [globOf(path, '[^/]'), globOf(`${path}/**`, '[^/]')];
  if (specifier.startsWith('//')) return below(specifier.slice(1));
  if (specifier.startsWith('~/')) return below(join(home, specifier.slice(2)));
  if (specifier.startsWith('/')) return below(join(root, specifier));
  const plain = specifier.replace(/^\.\//, '').replace(/\/$/, '');
  const anywhere = plain.includes('/') ? [] : below(join(cwd, '**', plain));
  return [...below(join(cwd, plain)), ...anywhere];
};

const domainMatcher = (specifier: string): ((use: Use) => boolean) | null => {
  const domain = /^domain:(.+)$/.exec(specifier)?.[1];
  if (domain === undefined) return null;
  const pattern = globOf(domain.toLowerCase(), '.');
  return ({ tool, input }) => tool === 'WebFetch' && pattern.test(input.host ?? '');
};

const skillMatcher = (specifier: string): ((use: Use) => boolean) => {
  const prefix = /^(.*?)(?::\*| \*)$/.exec(specifier)?.[1];
  return ({ tool, input: { skill = '' } }) =>
    tool === 'Skill' &&
    (skill === specifier || (prefix !== undefined && skill.split(' ')[0] === prefix));
};

/** A glob as an anchored expression: `*` stands for any run of `char`, `**` for anything at all. */
const globOf = (glob: string, char: string): RegExp => {
  const source = glob
    .split(/(\*\*\/?|\*|\?)/)
    .map((piece) => {
      if (piece === '**/') return '(?:[\\s\\S]*/)?';
      if (piece === '**') return '[\\s\\S]*';
      if (piece === '*') return `${char}*`;
      return piece === '?' ? char : piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    })
    .join('');
  return new RegExp(`^${source}$`);
};
