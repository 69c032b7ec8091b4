// A scene for whole runs: the local AWS, an output folder, a clock that each sleep moves forward, and
// `run`, which runs the program in this process. Nothing here sleeps in real time.

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { Host } from '../../src/cli/session/host.ts';
import { main } from '../../src/main.ts';
import { openKeySupply, type KeySupply } from './key-supply.ts';
import type { Bucket } from '../local-aws/s3/s3-state.ts';
import { nameServersOf } from '../local-aws/dns/dns-state.ts';
import { startLocalAws, type LocalAws, type LocalAwsOptions } from '../local-aws/server.ts';

/** A clock that only a sleep or `advance` moves. */
export type SceneClock = {
  readonly now: () => Date;
  readonly advance: (milliseconds: number) => void;
};

/** The outcome of one run. */
export type Outcome = {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The JSON document, if `-o json` was given. */
  readonly json: Document;
};

/** The JSON document of a run, loosely typed, so that a test reads a field without a cast. */
export type Document = {
  readonly ok: boolean;
  readonly dryRun: boolean;
  readonly changes: readonly {
    readonly resource: string;
    readonly id: string;
    readonly action: string;
    readonly detail: string;
  }[];
  // oxlint-disable-next-line typescript/no-explicit-any -- results differ by command
  readonly result: any;
  readonly files: readonly { readonly path: string; readonly mode: string }[];
  readonly warnings: readonly string[];
  // oxlint-disable-next-line typescript/no-explicit-any -- details differ by error
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint?: string;
    readonly details?: any;
  };
};

export type Scene = {
  readonly aws: LocalAws;
  readonly clock: SceneClock;
  /** The keys that the runs make. */
  readonly keySupply: KeySupply;
  /** A temporary folder of this scene, removed by `close`. */
  readonly root: string;
  /** The default output folder of the runs. */
  readonly folder: string;
  /** Runs the program with `--endpoint-url` set, as JSON. */
  readonly run: (words: readonly string[], change?: RunChange) => Promise<Outcome>;
  /** Reads a file of the output folder. */
  readonly read: (relative: string) => string;
  readonly close: () => Promise<void>;
};

/** What one run has instead of the defaults. */
export type RunChange = {
  readonly env?: { readonly [name: string]: string | undefined };
  readonly folder?: string;
  /** Answers on a terminal, in order; without them there is no terminal. */
  readonly answers?: readonly string[];
  /** Called before each sleep with a function that sends Ctrl-C. */
  readonly onSleep?: (interrupt: () => void) => void;
  /** Text output instead of JSON. */
  readonly text?: boolean;
};

/** Name of the bucket that a run makes for a new cluster: in the account's regional namespace. */
export function bucketName(name = 'c', region = 'eu-west-1'): string {
  return `${name}-oidc-111122223333-${region}-an`;
}

/** The bucket of a cluster: of the name above, or as ccoctl names it. */
export function bucketOf(aws: LocalAws, name = 'c', region?: string): Bucket | undefined {
  const { buckets } = aws.state.s3;
  return buckets.get(bucketName(name, region)) ?? buckets.get(`${name}-oidc`);
}

/** `startsAt`: of the clock, in milliseconds since the epoch; now by default. */
export type SceneOptions = LocalAwsOptions & { readonly startsAt?: number };

/** Opens a scene; `close` removes it. */
export async function openScene(options: SceneOptions = {}): Promise<Scene> {
  const { startsAt = Date.now(), ...local } = options;
  let time = startsAt;
  const clock: SceneClock = {
    now: () => new Date(time),
    advance: (milliseconds) => {
      time += milliseconds;
    },
  };
  const keySupply = openKeySupply();
  const aws = await startLocalAws({ clock, ...local });
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'oidc-bootstrap-'));
  const folder = path.join(root, 'out');

  const run = async (words: readonly string[], change: RunChange = {}): Promise<Outcome> => {
    let [stdout, stderr] = ['', ''];
    let interrupt = (): void => {};
    const answers = [...(change.answers ?? [])];
    const stream = (write: (text: string) => void): Host['stdout'] => ({
      write,
      isTerminal: () => false,
      columns: () => 80,
    });
    const env = {
      ...aws.credentials,
      OIDC_BOOTSTRAP_EDGE_URL: aws.edgeUrl,
      OIDC_BOOTSTRAP_ENDPOINT_URL: aws.endpoint,
      AWS_REGION: 'eu-west-1',
      ...change.env,
    };
    const host: Host = {
      env,
      cwd: root,
      stdout: stream((text) => (stdout += text)),
      stderr: stream((text) => (stderr += text)),
      ask: async () => answers.shift(),
      canAsk: () => change.answers !== undefined,
      now: clock.now,
      newRsaKey: keySupply.next,
      sleep: async (milliseconds, signal) => {
        change.onSleep?.(() => interrupt());
        if (!signal.aborted) clock.advance(milliseconds);
      },
      nameServersOf: async (zone) => nameServersOf(zone, aws.world),
      onInterrupt: (callback) => {
        interrupt = callback;
        return () => {
          interrupt = () => {};
        };
      },
    };
    const format = change.text === true ? [] : ['-o', 'json'];
    const code = await withEnvironment(env, () =>
      main([...words, '--output-dir', change.folder ?? folder, ...format], host),
    );
    refuseSecrets(stdout + stderr, change.folder ?? folder);
    const json = (stdout === '' || change.text === true ? {} : JSON.parse(stdout)) as Document;
    return { code, stdout, stderr, json };
  };

  return {
    aws,
    clock,
    keySupply,
    root,
    folder,
    run,
    read: (relative) => fs.readFileSync(path.join(folder, relative), 'utf8'),
    close: async () => {
      await aws.close();
      fs.rmSync(root, { recursive: true, force: true });
    },
  };
}

/**
 * No run of any test shows a private key or a token, not even the mark of one that the redaction removed.
 */
function refuseSecrets(said: string, folder: string): void {
  const keys = ['private', 'next.private', 'previous.private'].flatMap((ending) => {
    const file = path.join(folder, `serviceaccount-signer.${ending}`);
    return fs.existsSync(file) && fs.statSync(file).isFile()
      ? fs.readFileSync(file, 'utf8').split('\n')
      : [];
  });
  const shown = keys.find((line) => line.length > 60 && said.includes(line));
  const secret =
    shown ??
    /-BEGIN [A-Z ]*PRIVATE KEY|\[[A-Za-z ]+ removed\]|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\./.exec(
      said,
    )?.[0];
  if (secret !== undefined) throw new Error(`a run shows a secret: ${secret.slice(0, 40)}`);
}

/** Sets the environment of this process, because the SDK's credential chain reads it. */
async function withEnvironment<Result>(
  env: { readonly [name: string]: string | undefined },
  action: () => Promise<Result>,
): Promise<Result> {
  const before = { ...process.env };
  for (const name of Object.keys(process.env))
    if (name.startsWith('AWS_')) delete process.env[name];
  for (const [name, value] of Object.entries(env)) {
    if (name.startsWith('AWS_') && value !== undefined) process.env[name] = value;
  }
  try {
    return await action();
  } finally {
    for (const name of Object.keys(process.env))
      if (name.startsWith('AWS_')) delete process.env[name];
    Object.assign(process.env, before);
  }
}
