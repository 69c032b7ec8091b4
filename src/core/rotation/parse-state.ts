// Reads the rotation state. It may have been edited by hand, so every deviation from the schema is an
// error.

import * as z from 'zod/mini';
import { platforms } from '../cluster/platform.ts';
import { BootstrapError } from '../errors.ts';
import { parseJson } from '../json.ts';
import { isKeyId } from '../keys/jwks.ts';
import { removalReasons } from '../keys/removed-keys.ts';
import {
  historySteps,
  stateSchemaVersion,
  type DatedRemoval,
  type RotationState,
} from './state.ts';

const maxCharacters = 1024 * 1024;

/** What is stored: a rotation, or only the keys that were removed before there was one. */
export type ParsedState = {
  readonly state: RotationState | undefined;
  readonly removed: readonly DatedRemoval[];
};

// The small form of zod leaves its messages out.
z.config(z.locales.en());

const time = z.iso.datetime();
const keyId = z.string().check(z.minLength(1), z.refine(isKeyId, 'is a word of JavaScript'));
const publicKey = z.string().check(z.maxLength(16_384), z.startsWith('-----BEGIN PUBLIC KEY-----'));
const issuer = z.string().check(z.maxLength(255), z.startsWith('https://'));
const arn = z.string().check(z.maxLength(2048));
const removed = z.array(z.object({ keyId, reason: z.enum(removalReasons), at: time }));

/**
 * Lists and notes have no limits of their own, since the text as a whole has one: a limit that the
 * writer does not keep would make a state that nobody can read any more.
 */
const schema = z.object({
  schemaVersion: z.literal(stateSchemaVersion),
  name: z.string().check(z.maxLength(58)),
  issuer,
  platform: z.enum(platforms),
  phase: z.enum(['steady', 'staged', 'promoted']),
  phaseSince: time,
  durations: z.object({
    minPublishAge: z.int().check(z.nonnegative()),
    maxTokenLifetime: z.int().check(z.nonnegative()),
  }),
  apiServers: z.int().check(z.minimum(1)),
  keys: z
    .array(
      z.object({
        keyId,
        role: z.enum(['current', 'next', 'retiring']),
        publicKey,
        since: z.nullable(time),
        sinceAsNext: z.nullable(time),
        external: z.boolean(),
        promotedBefore: z.boolean(),
      }),
    )
    .check(z.minLength(1), z.maxLength(2)),
  verifiers: z.array(z.object({ keyId, publicKey, retiredAt: z.nullable(time) })),
  removed,
  evidence: z.array(z.object({ digest: z.string().check(z.maxLength(128)), issuedAt: time })),
  emergency: z.nullable(
    z.object({
      at: time,
      oldKeyIds: z.array(keyId),
      probe: z.nullable(
        z.object({
          roleArn: arn,
          regions: z.array(z.string().check(z.maxLength(64))).check(z.minLength(1)),
        }),
      ),
      refusedAt: z._default(z.nullable(time), null),
      notDenied: z._default(z.array(z.string()), []),
      cutProvenAt: z.nullable(time),
    }),
  ),
  shownPrivateAt: z._default(z.nullable(time), null),
  history: z.array(
    z.object({
      at: time,
      step: z.enum(historySteps),
      callerArn: arn,
      keyIds: z.array(keyId),
      note: z.string(),
    }),
  ),
});

/** As render-documents writes it beside a folder that no rotation was begun on. */
const removalsAlone = z.strictObject({
  schemaVersion: z.literal(stateSchemaVersion),
  issuer: z.optional(issuer),
  removed,
});

const rolesOfPhase = {
  steady: 'current',
  staged: 'current,next',
  promoted: 'current,retiring',
} as const;

/**
 * Parses the text; `shown` is how messages name its place. A newer schema, or anything that is not a
 * rotation state of this name's: INPUT_INVALID, with what to do about it.
 */
export function parseRotationState(text: string, shown: string): ParsedState {
  const value = readJson(text, shown);
  const version =
    typeof value === 'object' && value !== null && 'schemaVersion' in value
      ? value.schemaVersion
      : undefined;
  if (typeof version === 'number' && version > stateSchemaVersion) {
    throw new BootstrapError({
      code: 'INPUT_INVALID',
      message: `the rotation state has schema version "${version}", this program knows up to "${stateSchemaVersion}"`,
      hint: 'a newer version of this program wrote it: install that version, then run the same command again',
      details: { schemaVersion: version, supported: stateSchemaVersion },
    });
  }
  const alone = removalsAlone.safeParse(value);
  if (alone.success) return { state: undefined, removed: alone.data.removed };
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw damaged(shown, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`);
  }
  const state = parsed.data;
  const roles = state.keys.map((key) => key.role).toSorted();
  if (roles.join(',') !== rolesOfPhase[state.phase]) {
    throw damaged(shown, `phase "${state.phase}" with keys "${roles.join(', ')}"`);
  }
  return { state, removed: state.removed };
}

function readJson(text: string, shown: string): unknown {
  if (text.length > maxCharacters) throw damaged(shown, `${text.length} characters`);
  const value = parseJson(text);
  if (value === undefined) throw damaged(shown, 'not JSON');
  return value;
}

function damaged(shown: string, what: string): BootstrapError {
  return new BootstrapError({
    code: 'INPUT_INVALID',
    message: `the rotation state "${shown}" cannot be read: ${what}`,
    hint: 'somebody changed it: restore it, or delete it; the next step then rebuilds it, and all waits start again',
  });
}
