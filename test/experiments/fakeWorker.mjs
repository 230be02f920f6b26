// A worker process for tests: what it does with a run is decided by the run's seed.
process.once('disconnect', () => process.exit());
let current;
process.on('message', (message) => {
  if ('stop' in message) {
    // Seed 5 hears nothing.
    if (current !== 5) process.send({ stopped: true });
    return;
  }
  current = message.run.spec.seed;
  process.send({ stage: 'training' });
  process.send({ steps: 1, loss: 0.5 });
  if (current === 0) process.send({ finished: { file: 'record.json', summary: 'probe 50 %' } });
  if (current === 1) process.send({ failed: 'no such pictures' });
  if (current === 2) process.exit(3);
  // Seeds 4 and 5 go on until they are stopped.
});
