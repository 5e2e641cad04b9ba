const REQUIRED_NODE = [22, 15] as const;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < REQUIRED_NODE[0] || (major === REQUIRED_NODE[0] && minor < REQUIRED_NODE[1])) {
  process.stderr.write(
    `Recollect needs Node ${REQUIRED_NODE.join('.')} or newer; this is ${process.version}.\n`,
  );
  process.exit(1);
}

// Loaded only now, because an older Node fails on what is imported there.
const { run } = await import('./run.js');
await run();
