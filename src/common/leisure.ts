import { setTimeout as sleep } from 'node:timers/promises';

const SAMPLE_MS = 100;
const BUSY = 0.7;
/** After so long it goes on nonetheless: a process that is always busy gets there too, slowly. */
const PATIENCE_MS = 15_000;

/** Resolves when this process has time to spare, so that those who wait for an answer do not wait for other work. */
export async function leisure(
  signal: AbortSignal,
  { sampleMs = SAMPLE_MS, patienceMs = PATIENCE_MS } = {},
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  do {
    const before = performance.eventLoopUtilization();
    await sleep(sampleMs, undefined, { signal });
    if (performance.eventLoopUtilization(before).utilization < BUSY) return;
  } while (performance.now() < deadline);
}
