// At the end of a rotation step: an anonymous read of the rotation state is shown to be refused.

import { BootstrapError } from '../../core/errors.ts';
import type { FetchedDocument } from '../../core/issuer/fetched-document.ts';
import { timestamp, type RotationState } from '../../core/rotation/state.ts';
import type { Context } from '../context.ts';
import type { PublishedSite } from '../hosting/site.ts';
import { awsTime } from './observe-rotation.ts';
import { writeRotationState } from './rotation-state.ts';
import { poll } from '../poll.ts';

/**
 * At the end of a run, once: shows that the state is private and notes it there, so that a check
 * that failed, or was cut off, is done by the next run. Not where a statement is known to expose it,
 * which every write says.
 */
export async function noteStateIsPrivate(
  context: Context,
  site: PublishedSite,
  seen: { readonly state: RotationState; readonly etag: string },
): Promise<void> {
  const { state, etag } = seen;
  if (state.shownPrivateAt !== null || site.state.isExposed) return;
  if (!context.gate.dryRun) await showStateIsPrivate(context, site);
  const noted = { ...state, shownPrivateAt: timestamp(awsTime(context)) };
  await writeRotationState({
    store: site.state,
    state: noted,
    replaces: etag,
    detail: 'records that it is private',
  });
}

/**
 * Reads the state as anybody could, until that is refused: bucket policies take a moment. A connection
 * that breaks or a server error proves nothing.
 */
async function showStateIsPrivate(context: Context, site: PublishedSite): Promise<void> {
  const { url, isRefused } = site.state.anonymous;
  let last: FetchedDocument | undefined;
  await poll(
    context,
    {
      text: 'an anonymous read of the rotation state to be refused',
      limitMs: 60_000,
      onTimeout: () =>
        last?.ok === true && last.status === 200 ? isOpen(url) : unknown(url, last),
    },
    async () => {
      last = await context.fetchDocument(url);
      return isRefused(last) ? true : undefined;
    },
  );
}

function isOpen(url: string): BootstrapError {
  return new BootstrapError({
    code: 'RESOURCE_NOT_OWNED',
    message: `the rotation state is public at "${url}"`,
    hint: 'it contains no secret; find out what makes it public: the bucket policy, object ACLs, or another distribution',
    details: { url },
  });
}

function unknown(url: string, last: FetchedDocument | undefined): BootstrapError {
  const answer = last === undefined ? 'no answer' : last.ok ? `HTTP ${last.status}` : last.reason;
  return new BootstrapError({
    code: 'WAIT_TIMED_OUT',
    message: `cannot check whether the rotation state at "${url}" is private: ${answer}`,
    hint: 'everything else is done; run again to check it (HTTP 403 or 404 is expected)',
    details: { url, answer },
  });
}
