// Reads the rotation state. It may have been edited by hand, so every deviation from the schema is an
// error.

import * as z from 'zod';
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

const time = z.iso.datetime();
const keyId = z.string().min(1).refine(isKeyId, 'is a word of JavaScript');
const publicKey = z.string().max(16_384).startsWith('-----BEGIN PUBLIC KEY-----');
const arn = z.string().max(2048);
const removed = z.array(z.object({ keyId, reason: z.enum(removalReasons), at: time }));

/**
 * Lists and notes have no limits of their own, since the text as a whole has one: a limit that the
 * writer does not keep would make a state that nobody can read any more.
 */
const schema = z.object({
  schemaVersion: z.literal(stateSchemaVersion),
  name: z.string().max(58),
  issuer: z.string().max(255).startsWith('https://'),
  platform: z.enum(platforms),
  phase: z.enum(['steady', 'staged', 'promoted']),
  phaseSince: time,
  durations: z.object({
    minPublishAge: z.int().nonnegative(),
    maxTokenLifetime: z.int().nonnegative(),
  }),
  apiServers: z.int().min(1),
  keys: z
    .array(
      z.object({
        keyId,
        role: z.enum(['current', 'next', 'retiring']),
        publicKey,
        since: time.nullable(),
        sinceAsNext: time.nullable(),
        external: z.boolean(),
        promotedBefore: z.boolean(),
      }),
    )
    .min(1)
    .max(2),
  verifiers: z.array(z.object({ keyId, publicKey, retiredAt: time.nullable() })),
  removed,
  evidence: z.array(z.object({ digest: z.string().max(128), issuedAt: time })),
  emergency: z
    .object({
      at: time,
      oldKeyIds: z.array(keyId),
      probe: z.object({ roleArn: arn, regions: z.array(z.string().max(64)).min(1) }).nullable(),
      refusedAt: time.nullable().default(null),
      notDenied: z.array(z.string()).default([]),
      cutProvenAt: time.nullable(),
    })
    .nullable(),
  shownPrivateAt: time.nullable().default(null),
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
  issuer: z.string().max(255).startsWith('https://').optional(),
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
