// footprint scan: what the agents of this machine may do against what they did, from their own files, offline.
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { findIn, findInHome, PROJECT_FILES, settingsOfProject } from '../scan/find.ts';
import { printReport } from '../scan/print.ts';
import { sayable } from '../scan/sayable.ts';
import { scan } from '../scan/scan.ts';
import { EXIT, readArgs, usageError, type Command } from './command.ts';
import { createProgress, mib } from './progress.ts';

const FORMATS = ['text', 'json'];

export const scanCommand: Command = {
  name: 'scan',
  summary: "compare what this machine's agents may do with what they did, offline",
  help: `Usage: footprint scan [options] [<file or folder>…]

Reads the settings of MCP clients and the transcripts of agents where they lie,
and prints of each agent what it is granted, what it used of that (how often, in
how many sessions, when last), and a reduced list of permissions to paste.
Nothing is sent and nothing is kept. Values of variables, headers and tokens are
not printed; a rule that holds what looks like a secret is not told.

Without a file or folder it reads, where they are there:
  ~/.claude/settings.json, ~/.claude.json, ~/.cursor/mcp.json, the settings of
  Claude Desktop and VS Code, ~/.claude/projects and ~/.codex/sessions, and in
  this folder and each project that those name:
  ${PROJECT_FILES.map(([file]) => file).join(', ')}

Options:
  --format <text|json>   how to print (default text)
  --home <folder>        another home folder than yours

Ends with 1 where a file could not be read in full, since more may be granted or
used than is shown.
`,
  async run(argv, io) {
    const { values, positionals } = readArgs(argv, {
      format: { type: 'string' },
      home: { type: 'string' },
    });
    const format = values.format ?? 'text';
    if (!FORMATS.includes(format)) {
      throw usageError(`--format must be one of ${FORMATS.join(', ')}, got "${format}"`);
    }
    const home = values.home === undefined ? homedir() : resolve(io.cwd, values.home);
    const follow = positionals.length === 0;
    const found = follow ? await findInHome(home) : await findIn(positionals, io.cwd, home);
    if (follow) found.settings.push(...settingsOfProject(io.cwd));
    const bytes = found.transcripts.reduce((sum, one) => sum + one.bytes, 0);
    if (bytes > 0) io.err(`reading ${found.transcripts.length} transcript(s), ${mib(bytes)} MiB\n`);
    const bar = createProgress(io, 'scan', bytes);
    const progress = (done: number, note: string): void => bar.at(done, note);
    const report = await scan({ found, home, follow, progress });
    bar.end();
    io.out(format === 'json' ? `${JSON.stringify(report, null, 2)}\n` : printReport(report));
    for (const { path, problem } of report.problems)
      io.err(`footprint: ${sayable(path)} ${problem}\n`);
    return report.problems.length > 0 ? EXIT.failed : EXIT.done;
  },
};
