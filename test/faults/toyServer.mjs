// A server of completions that repeats the prompt's last line, after a moment. Tells its address, and ends with who forked it.
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

const server = createServer(async (request, response) => {
  try {
    const { prompt, seed } = await json(request);
    await sleep(10 * (seed % 3));
    const text = `${prompt.slice(prompt.lastIndexOf('\n') + 1)} ${seed}`;
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ choices: [{ text }] }));
  } catch {
    response.destroy(); // the run that asked was killed
  }
});
server.listen(0, '127.0.0.1', () => process.send(`http://127.0.0.1:${server.address().port}`));
process.once('disconnect', () => process.exit());
