// Settings files as they are read: the ones found, and those of the projects that they and the transcripts name.
import { access } from 'node:fs/promises';
import type { Found, SettingsFile } from './find.ts';
import { settingsOfProject } from './find.ts';
import type { Problem } from './json-file.ts';
import { readJsonFile } from './json-file.ts';
import type { Grants } from './settings.ts';
import { grantsIn, looksLikeSettings } from './settings.ts';
import { firstFolder } from './transcript.ts';

/** Projects whose settings are looked for, of those that transcripts or ~/.claude.json name. */
const PROJECTS_MAX = 2000;

/** Reads settings files, each once, and gathers what they grant. */
export const createSettingsReader = (problems: Problem[]) => {
  const seen = new Set<string>();
  const grants: Grants[] = [];
  let count = 0;
  const file = async ({ path, client, project }: SettingsFile): Promise<void> => {
    if (seen.has(path)) return;
    seen.add(path);
    const told = await readJsonFile(path);
    if (told === null) return;
    if ('problem' in told) {
      problems.push(told);
      return;
    }
    if (client === 'mcp' && !looksLikeSettings(told.value)) {
      problems.push({ path, problem: 'holds neither MCP servers nor permissions' });
      return;
    }
    count += 1;
    grants.push(...grantsIn(path, told.value, client, project));
  };
  return {
    file,
    project: async (project: string): Promise<void> => {
      for (const one of settingsOfProject(project)) await file(one);
    },
    projects: (): string[] => [
      ...new Set(grants.flatMap(({ project }) => project ?? []).slice(0, PROJECTS_MAX)),
    ],
    grants: () => grants,
    count: () => count,
  };
};

/** Folders in which the transcripts' sessions were begun and that are still there. */
export const beginnings = async ({ transcripts }: Found): Promise<string[]> => {
  const folders = new Set<string>();
  for (const { path } of transcripts.slice(0, PROJECTS_MAX)) {
    const project = await firstFolder(path).catch(() => undefined);
    if (project !== undefined && project !== '') folders.add(project);
  }
  const there: string[] = [];
  for (const folder of folders)
    await access(folder).then(
      () => there.push(folder),
      () => undefined,
    );
  return there;
};
