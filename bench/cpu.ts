import { readFileSync } from 'node:fs';

/** Of /proc/<pid>/stat; Linux has reported it in these units on every platform for decades. */
const TICKS_PER_SECOND = 100;

function stat(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The program's name may hold spaces.
  return text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
}

/** CPU seconds that a process has used so far. */
export function cpuOf(pid: number): number {
  const fields = stat(pid);
  return (fields[11]! + fields[12]!) / TICKS_PER_SECOND;
}

/** CPU seconds of a process and all its children, those that have ended included. */
export function cpuOfFamily(pid: number): number {
  const fields = stat(pid);
  const own = (fields[11]! + fields[12]! + fields[13]! + fields[14]!) / TICKS_PER_SECOND;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean);
  return children.reduce((sum, child) => {
    try {
      return sum + cpuOf(Number(child));
    } catch {
      return sum; // It ended meanwhile.
    }
  }, own);
}

export function residentKilobytes(pid: number): number {
  return Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);
}
