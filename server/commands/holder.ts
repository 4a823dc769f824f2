// Who listens on a port, from /proc where the system shows it.
import { readdir, readFile, readlink } from 'node:fs/promises';

export interface Holder {
  pid: number;
  command: string;
}

const LISTENING = '0A';

/** The process that listens on a TCP port of this machine, or null where it cannot be seen. */
export const portHolder = async (port: number): Promise<Holder | null> => {
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of (await readFile(table, 'utf8').catch(() => '')).split('\n').slice(1)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      const at = Number.parseInt(local?.split(':')[1] ?? '', 16);
      if (state === LISTENING && at === port && inode !== undefined) inodes.add(inode);
    }
  }
  if (inodes.size === 0) return null;
  for (const name of await readdir('/proc').catch(() => [])) {
    if (/^\d+$/.test(name) && (await holdsOneOf(name, inodes))) {
      return { pid: Number(name), command: await commandOf(name) };
    }
  }
  return null;
};

/** The command line of a process, or its short name, or ''. */
export const commandOf = async (pid: number | string): Promise<string> => {
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  if (line !== '') return line.split('\0').join(' ').trim().slice(0, 200);
  return (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim();
};

const holdsOneOf = async (pid: string, inodes: ReadonlySet<string>): Promise<boolean> => {
  const folder = `/proc/${pid}/fd`;
  for (const fd of await readdir(folder).catch(() => [])) {
    const target = await readlink(`${folder}/${fd}`).catch(() => '');
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode !== undefined && inodes.has(inode)) return true;
  }
  return false;
};
