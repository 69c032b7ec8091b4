// OpenShift: the current key is handed to the kube-apiserver operator by its Secret, and the rollout is
// watched until every API server signs with the key. Each run starts from what the Secret holds: one that
// was cut short, or a second one, goes on where the cluster is.

import { BootstrapError } from '../../core/errors.ts';
import { rolloutLeft, signingSecret } from '../../core/evidence/openshift-rollout.ts';
import { decodeJwt } from '../../core/keys/jwt.ts';
import { readPublicKeys } from '../../core/keys/public-key.ts';
import { signingKeySecret } from '../../core/rotation/signing-key-secret.ts';
import { currentKey } from '../../core/rotation/state.ts';
import { privateFiles } from '../../core/rotation/view.ts';
import type { Context } from '../context.ts';
import { poll } from '../poll.ts';
import {
  fileKeyId,
  published,
  type Observation,
  type RotationPlace,
} from '../rotation/observe-rotation.ts';
import type { Cluster } from './cluster.ts';
import { freshTokens } from './gather-evidence.ts';

const secretName = `${signingSecret.namespace}/${signingSecret.name}`;

export type HandOver = {
  readonly cluster: Cluster;
  readonly place: RotationPlace;
  /** Asks the user, or throws. */
  readonly approve: (consequence: string) => Promise<void>;
};

/** Hands the current key over, if the Secret holds another, and waits until all API servers sign with it. */
export async function handOverKey(
  context: Context,
  seen: Observation,
  { cluster, place, approve }: HandOver,
): Promise<void> {
  const { state } = seen.view;
  if (state === undefined) return;
  const { keyId } = currentKey(state);
  const held = await cluster.signingSecret();
  const holds = keyInSecret(held.publicPem, seen);
  if (holds.keyId !== keyId) {
    if (!holds.known) throw foreignKey(holds.keyId);
    const manifest = manifestFor(seen, place, held.resourceVersion);
    if (!context.gate.dryRun) {
      await approve(
        `this puts key "${keyId}" into Secret "${secretName}" of ${cluster.shown}, in place of "${holds.keyId}": OpenShift then restarts every API server, one after the other`,
      );
    }
    const detail = `holds key "${keyId}" in place of "${holds.keyId}"`;
    await context.gate.performHere(
      { resource: 'kubernetes-secret', id: secretName, action: 'update', detail },
      async () => {
        await cluster.replaceSigningSecret(manifest);
        return true;
      },
    );
  }
  if (context.gate.dryRun) return;
  await waitUntilSigning(context, seen, { cluster, keyId, wasThere: holds.keyId === keyId });
}

/** The key that the Secret holds, and whether it is one of this issuer's. */
function keyInSecret(
  pem: string,
  seen: Observation,
): { readonly keyId: string; readonly known: boolean } {
  const key = readPublicKeys(pem, `Secret ${secretName}`)[0];
  if (key === undefined) return { keyId: 'none', known: false };
  const { keyId } = published(seen, { keyId: key.keyId, publicKey: key.spkiPem });
  return { keyId, known: Object.values(seen.view.publicKeys).includes(key.spkiPem) };
}

function foreignKey(keyId: string): BootstrapError {
  return new BootstrapError({
    code: 'RESOURCE_NOT_OWNED',
    message: `Secret "${secretName}" holds key "${keyId}", which is no key of this issuer`,
    hint: 'it was not replaced: check that --context is the cluster of this name; if it is, find out who changed the Secret',
    details: { keyId, secret: secretName },
  });
}

/** Replaces only the Secret that was looked at: another version of it is refused by the API server. */
function manifestFor(seen: Observation, place: RotationPlace, resourceVersion: string): string {
  const { state } = seen.view;
  const keyId = state === undefined ? '' : currentKey(state).keyId;
  const pem = place.keys.privateKey(fileKeyId(seen, keyId));
  if (pem === undefined) {
    throw new BootstrapError({
      code: 'FILE_UNREADABLE',
      message: `the private key of "${keyId}" is not in "${privateFiles.signer}": it cannot be handed to OpenShift`,
      hint: `run with the --output-dir that holds it, or replace Secret "${secretName}" by the pair, from where it was made`,
      details: { keyId, file: privateFiles.signer },
    });
  }
  const secret = signingKeySecret(pem, privateFiles.signer);
  return JSON.stringify({ ...secret, metadata: { ...secret.metadata, resourceVersion } });
}

/** `wasThere`: the Secret held the key before: the operator may be long done, and at other work by now. */
type Rollout = { readonly cluster: Cluster; readonly keyId: string; readonly wasThere: boolean };

async function waitUntilSigning(
  context: Context,
  seen: Observation,
  rollout: Rollout,
): Promise<void> {
  const { keyId } = rollout;
  let left: string | undefined = 'the operator has not begun';
  await poll(
    context,
    {
      get text() {
        return `OpenShift to sign with key "${keyId}" on every API server (usually 15 to 40 min; ${left})`;
      },
      pauseMs: 10_000,
      maxPauseMs: 30_000,
      onTimeout: () => notSigning(keyId, left ?? ''),
    },
    async () => {
      left = await stillLeft(seen, rollout);
      return left === undefined ? true : undefined;
    },
  );
}

/** What is not done yet; API servers that restart do not answer for a while. */
async function stillLeft(seen: Observation, rollout: Rollout): Promise<string | undefined> {
  const rolling = async (): Promise<string | undefined> =>
    rolloutLeft(await rollout.cluster.rollout());
  try {
    if (!rollout.wasThere) return (await rolling()) ?? (await notSwitched(seen, rollout));
    const left = await notSwitched(seen, rollout);
    return left === undefined ? undefined : ((await rolling()) ?? left);
  } catch (error) {
    if (error instanceof BootstrapError && error.code === 'CLUSTER_REQUEST_FAILED') {
      return error.message;
    }
    throw error;
  }
}

/** By their own tokens: how many API servers sign with another key; undefined where none does. */
async function notSwitched(
  seen: Observation,
  { cluster, keyId }: Rollout,
): Promise<string | undefined> {
  const tokens = await freshTokens(cluster);
  const others = tokens.filter(({ text }) => signerOf(text, seen) !== keyId);
  return others.length === 0
    ? undefined
    : `${others.length} of ${tokens.length} API servers sign with another key`;
}

function signerOf(token: string, seen: Observation): string | undefined {
  const kid = decodeJwt(token)?.header['kid'];
  return typeof kid === 'string' ? published(seen, { keyId: kid, publicKey: '' }).keyId : undefined;
}

function notSigning(keyId: string, left: string): BootstrapError {
  return new BootstrapError({
    code: 'WAIT_TIMED_OUT',
    message: `OpenShift does not sign with key "${keyId}" on every API server yet: ${left}`,
    hint: 'run the same command again: it goes on from here; --timeout sets a longer wait; `oc get clusteroperator kube-apiserver` shows where the operator is',
    details: { keyId, left },
  });
}
