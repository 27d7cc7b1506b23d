import { request } from 'node:http';
import { startModule } from '../processes.js';

/**
 * Room for some thousand requests between two garbage collections, of which each `begin` makes one: while the server
 * collects, requests wait where it does not see them.
 */
const rarelyCollecting = ['--expose-gc', '--min-semi-space-size=128', '--max-semi-space-size=128'];

/** Starts the fixture server; `url` is where load goes, `control` where it is told what to be. */
export async function startFixture() {
  const server = startModule(new URL('fixture-server.js', import.meta.url), { execArgv: rarelyCollecting });
  const { port, controlPort } = await server.message(10_000);
  return { url: `http://127.0.0.1:${port}`, control: `http://127.0.0.1:${controlPort}`, stop: server.stop };
}

/** The server forgets what it did, and behaves like that from now on. */
export function begin(control, situation) {
  return ask(`${control}/begin`, JSON.stringify(situation));
}

/** What the server did since `begin`. */
export function readTruth(control) {
  return ask(`${control}/truth`);
}

/** Plain and without a pool, so that the processes under measurement carry nothing but their generator. */
function ask(url, body) {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: body === undefined ? 'GET' : 'POST', agent: false }, async (reply) => {
      let text = '';
      for await (const chunk of reply) text += chunk;
      resolve(JSON.parse(text));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}
