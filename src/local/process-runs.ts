// Identifies a process, and whether it still runs: if not, what it left behind may be removed. A process id alone says little: ids are used again, and in a container it is always 1.

import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import { errorCode } from './file-errors.ts';

/** `unknown`: it may run where it cannot be seen, on another machine or in another container. */
export type ProcessState = 'runs' | 'gone' | 'unknown';

/** An id that no other process ever has. `-` where the system does not give a part. */
type Mark = {
  readonly pid: string;
  /** Clock ticks between the boot and the start of the process. */
  readonly start: string;
  /** The process-id namespace: every container has its own. */
  readonly space: string;
  readonly boot: string;
  readonly host: string;
};

const unknown = '-';
let own: Mark | undefined;

/**
 * A name for a file of this process that no other file has: process id, start time, namespace, boot,
 * host, and a random number.
 */
export function newFileName(): string {
  own ??= ownMark();
  const { pid, start, space, boot, host } = own;
  return [pid, start, space, boot, host, randomBytes(8).toString('hex')].join('.');
}

/** Process id and host in such a name, for messages; undefined where it is none. */
export function makerOf(name: string): { readonly pid: number; readonly host: string } | undefined {
  const mark = parseMark(name);
  return mark === undefined ? undefined : { pid: Number(mark.pid), host: mark.host };
}

/** Whether the process still runs that made a file of such a name; `gone` where it is none. */
export function makerState(name: string): ProcessState {
  own ??= ownMark();
  const mark = parseMark(name);
  if (mark === undefined) return 'gone';
  const told = ![mark.boot, mark.space, mark.start].includes(unknown);
  if (told && mark.boot === own.boot && mark.space === own.space) {
    const start = startOf(mark.pid);
    if (start !== undefined) return start === mark.start ? 'runs' : 'gone';
  } else if (told || own.boot !== unknown || mark.host !== own.host) {
    return 'unknown';
  }
  // macOS, and a /proc that hides the processes of others: the id may have been used again.
  return hasProcess(Number(mark.pid)) ? 'unknown' : 'gone';
}

function parseMark(name: string): Mark | undefined {
  const parts = /^(\d{1,10})\.(\d+|-)\.(\d+|-)\.([\da-f-]+)\.([\w-]+)\.[\da-f]{16}$/.exec(name);
  if (parts === null) return undefined;
  const [, pid = '', start = '', space = '', boot = '', host = ''] = parts;
  return { pid, start, space, boot, host };
}

function ownMark(): Mark {
  const pid = String(process.pid);
  const host =
    os
      .hostname()
      .replaceAll(/[^\w-]/g, '_')
      .slice(0, 64) || unknown;
  const start = startOf('self');
  // /proc may be of another namespace, where the same process has another id.
  if (start === undefined || start !== startOf(pid)) {
    return { pid, start: unknown, space: unknown, boot: unknown, host };
  }
  const space = /\d+/.exec(readLink('/proc/self/ns/pid'))?.[0] ?? unknown;
  const boot = readText('/proc/sys/kernel/random/boot_id').trim();
  return { pid, start, space, boot: /^[\da-f-]+$/.test(boot) ? boot : unknown, host };
}

/** Start time of a process; empty where it has ended and waits for its parent, undefined unless seen. */
function startOf(pid: string): string | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  // After the name, which may hold anything: the state is field 3, the start time field 22.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields.length < 20) return undefined;
  return fields[0] === 'Z' || fields[0] === 'X' ? '' : fields[19];
}

/** False only where no process has that id. */
function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== 'ESRCH';
  }
}

function readText(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function readLink(file: string): string {
  try {
    return fs.readlinkSync(file);
  } catch {
    return '';
  }
}
