// Carries out one effect of a rotation, if AWS still has what the decision was based on. False means that
// another process changed it meanwhile: the view is taken again and the step is decided again.

import { documentKeys } from '../../core/issuer/discovery.ts';
import { BootstrapError, isAwsError } from '../../core/errors.ts';
import type { SigningKey } from '../../core/keys/jwt.ts';
import { jwkOf, type Jwk } from '../../core/keys/jwks.ts';
import { hasPlaceholder } from '../../core/placeholder.ts';
import { readPublicKeys } from '../../core/keys/public-key.ts';
import { heldBack, keySetFault, stateFault } from '../../core/rotation/invariants.ts';
import type { MadePair } from '../../core/rotation/key-folder.ts';
import type { Effect } from '../../core/rotation/view.ts';
import type { Context } from '../context.ts';
import { denyOlderSessions, type Denials } from './deny-older-sessions.ts';
import { fileKeyId, forFiles, type Observation, type RotationPlace } from './observe-rotation.ts';
import { waitUntilRefused } from './probe.ts';
import { publishKeys } from '../issuer/publish-documents.ts';
import { writeRotationState } from './rotation-state.ts';

/** A decision on what was seen longer ago than this is taken again before the state is written. */
const staleAfterMs = 2 * 60 * 1000;

export type EffectInput = {
  readonly place: RotationPlace;
  readonly seen: Observation;
  /** Local time at which `seen` was taken. */
  readonly seenAt: number;
  readonly made: MadePair | undefined;
  /** Called where the program writes to AWS: marks the output folder. */
  readonly claim: () => void;
};

/** What became of an effect. */
export type EffectOutcome =
  | { readonly kind: 'done' | 'late' | 'old-key-refused' }
  | ({ readonly kind: 'denied' } & Denials);

const done: EffectOutcome = { kind: 'done' };
const late: EffectOutcome = { kind: 'late' };

/** Carries the effect out. */
export async function carryOut(
  context: Context,
  effect: Effect,
  input: EffectInput,
): Promise<EffectOutcome> {
  const { place, seen } = input;
  switch (effect.kind) {
    case 'write-state': {
      if (isStale(context, input)) return late;
      const fault = stateFault(effect.state, seen.view);
      if (fault !== undefined) throw heldBack('rotation state', fault);
      input.claim();
      const first = seen.stateEtag === undefined;
      // A plan protects the state once: it does not see that it did.
      const planned = seen.stateEtag !== undefined && hasPlaceholder(seen.stateEtag);
      const narrowed = !planned && (await place.site.state.protect({ first }));
      const written = await writeRotationState({
        store: place.site.state,
        state: narrowed ? { ...effect.state, shownPrivateAt: null } : effect.state,
        replaces: seen.stateEtag,
        detail: effect.detail,
      });
      return written ? done : late;
    }
    case 'publish':
      if (isStale(context, input)) return late;
      input.claim();
      return (await publish(context, effect.keyIds, input)) ? done : late;
    case 'await-served':
      await awaitServed(place, {
        ...(seen.jwks === undefined ? {} : { [documentKeys.jwks]: seen.jwks.body }),
        ...(seen.mirror === undefined ? {} : { [documentKeys.jwksMirror]: seen.mirror.body }),
      });
      return done;
    case 'prove-cut':
      if (!context.gate.dryRun) {
        await waitUntilRefused(context, place, {
          target: effect.probe,
          old: probeKey(input, effect.keyId),
          fresh: probeKey(input, effect.freshKeyId),
        });
      }
      return { kind: 'old-key-refused' };
    case 'deny-sessions':
      return { kind: 'denied', ...(await denyOlderSessions(context, place, effect.refusedAt)) };
    default: {
      if (context.gate.dryRun) return done;
      const publicKeys = Object.fromEntries(
        Object.entries(seen.view.publicKeys).map(([keyId, pem]) => [fileKeyId(seen, keyId), pem]),
      );
      const applied = place.keys.apply(forFiles(seen, effect), { made: input.made, publicKeys });
      return applied ? done : late;
    }
  }
}

/** A key of this folder, to mint tokens with. */
function probeKey({ place, seen }: EffectInput, keyId: string): SigningKey {
  const privatePem = place.keys.privateKey(fileKeyId(seen, keyId));
  if (privatePem === undefined) {
    throw new BootstrapError({
      code: 'FILE_UNREADABLE',
      message: `the private key of "${keyId}" is no longer in the output folder`,
      hint: 'run the same command again',
      details: { keyId },
    });
  }
  return { keyId, privatePem };
}

/** The key set is conditional on its bytes alone, and those may be the same again an hour later. */
function isStale(context: Context, input: EffectInput): boolean {
  return context.clock.now().getTime() - input.seenAt > staleAfterMs;
}

/** Publishes exactly those kids, only over the key set that was seen. */
async function publish(
  context: Context,
  keyIds: readonly string[],
  { place, seen, made }: EffectInput,
): Promise<boolean> {
  let late = false;
  const wanted = (known: readonly Jwk[]): readonly Jwk[] =>
    keyIds.flatMap((keyId) => {
      const there = place.replaces ? undefined : known.find((one) => one.kid === keyId);
      const jwk = there ?? jwkOfKey(keyId, seen, made);
      return jwk === undefined ? [] : [jwk];
    });
  let text: string;
  try {
    ({ text } = await publishKeys(
      context,
      {
        store: place.site.store,
        found: {
          [documentKeys.jwks]: seen.jwks,
          [documentKeys.jwksMirror]: seen.mirror,
        },
        replaces: place.replaces,
      },
      (published) => {
        // Read again after a conflict: what was decided on is no more, so nothing is merged into it.
        if (!sameKids(published, seen.published)) {
          late = true;
          throw new Error('the key set changed');
        }
        const keys = wanted(published);
        const kids = keys.map((key) => key.kid);
        const lost = keyIds.find((keyId) => !kids.includes(keyId));
        const fault =
          lost === undefined
            ? keySetFault(seen.view.state, kids)
            : `key "${lost}" was not found in the output folder, the key set or the rotation state`;
        if (fault !== undefined) throw heldBack('key set', fault);
        return keys;
      },
    ));
  } catch (error) {
    if (late || isAwsError(error, 'PreconditionFailed')) return false;
    throw error;
  }
  await awaitServed(place, { [documentKeys.jwks]: text, [documentKeys.jwksMirror]: text });
  return true;
}

function jwkOfKey(keyId: string, seen: Observation, made: MadePair | undefined): Jwk | undefined {
  if (hasPlaceholder(keyId)) {
    return { kid: keyId, kty: 'RSA', use: 'sig', alg: 'RS256', n: '<next-key-modulus>', e: 'AQAB' };
  }
  const pem = seen.view.publicKeys[keyId] ?? made?.publicKey;
  const key = pem === undefined ? undefined : readPublicKeys(pem, keyId)[0];
  return key === undefined ? undefined : { ...jwkOf(key), kid: keyId };
}

function sameKids(a: readonly Jwk[], b: readonly Jwk[]): boolean {
  return a.map((key) => key.kid).join(' ') === b.map((key) => key.kid).join(' ');
}

/** Until the issuer URL serves those bytes: what this machine's edge serves tells nothing of the edges that STS asks. */
async function awaitServed(
  { site }: RotationPlace,
  texts: { readonly [key: string]: string },
): Promise<void> {
  await site.serve({ changed: true, texts });
}
