// Two runs at the same time, whose calls arrive in an order that a seed decides.

import type { Outcome, Scene } from './scene.ts';

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Starts both; each call of either waits for as many turns of the event loop as the seed says. */
export async function atOnce(
  scene: Scene,
  seed: number,
  runs: readonly [() => Promise<Outcome>, () => Promise<Outcome>],
  /** Called before each call, with what AWS holds then. */
  look: () => void = () => {},
): Promise<readonly [Outcome, Outcome]> {
  const random = randomNumbers(seed);
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  scene.aws.beforeCall = async () => {
    for (let left = Math.floor(random() ** 3 * 40); left > 0; left -= 1) await turn();
    look();
  };
  // Both runs use one environment: the one that ends first must not take it from the other.
  const { AWS_REGION } = process.env;
  Object.assign(process.env, scene.aws.credentials, { AWS_REGION: 'eu-west-1' });
  try {
    return await Promise.all([runs[0](), runs[1]()]);
  } finally {
    for (const name of Object.keys(scene.aws.credentials)) delete process.env[name];
    if (AWS_REGION === undefined) delete process.env['AWS_REGION'];
    scene.aws.beforeCall = async () => {};
  }
}
