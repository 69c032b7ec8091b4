// A session with a folder that the test provides, whose file operations can be made to fail.

import type { Session } from '../../../src/cli/session/session.ts';
import { connectAws } from '../../../src/aws/clients.ts';
import { edgeTemplate, issuerFetch } from '../../../src/local/issuer-fetch.ts';
import type { OutputFolder } from '../../../src/local/output-folder.ts';
import { applyGate } from '../../../src/workflows/gate.ts';
import type { Scene } from '../scene.ts';

/** A session with the credentials of the scene's account, without a terminal. */
export function sessionOf(scene: Scene, folder: OutputFolder): Session {
  const env = { ...scene.aws.credentials };
  return {
    host: {
      env,
      cwd: scene.root,
      stdout: { write: () => {}, isTerminal: () => false, columns: () => 80 },
      stderr: { write: () => {}, isTerminal: () => false, columns: () => 80 },
      ask: async () => undefined,
      canAsk: () => false,
      now: scene.clock.now,
      newRsaKey: scene.keySupply.next,
      sleep: async (milliseconds) => scene.clock.advance(milliseconds),
      nameServersOf: async () => undefined,
      onInterrupt: () => () => {},
    },
    folder,
    warn: () => {},
    note: () => {},
    remind: () => {},
    announceSteps: () => {},
    reportFiles: () => {},
    record: () => {},
    keepResult: () => {},
    connect: async (options) => {
      const { region } = options;
      Object.assign(process.env, env);
      const aws = connectAws({ region, profile: undefined, endpointUrl: scene.aws.endpoint, env });
      return {
        aws,
        gate: applyGate(aws.write),
        clock: {
          now: scene.clock.now,
          sleep: async (milliseconds) => scene.clock.advance(milliseconds),
        },
        progress: () => {},
        warn: () => {},
        fetchDocument: issuerFetch(edgeTemplate(scene.aws.edgeUrl)),
        fetchPublic: issuerFetch(edgeTemplate(scene.aws.edgeUrl)),
        nameServersOf: async () => undefined,
        caller: await aws.sts.getCaller(),
        timeoutMs: options.timeoutMs,
      };
    },
  };
}
