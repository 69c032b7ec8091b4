// The two waits of a rotation: stored at `stage`, used by every later step.
// A longer one is taken at once; a shorter one, or one below an hour, only with the typed name.

import { defaultDurations, type Durations, type RotationState } from './state.ts';
import type { Refusal, RotationRequest } from './view.ts';

const hour = 3600;
const day = 24 * hour;

/** The durations from now on, or the refusal of one that shortens a wait without confirmation. */
export function resolveDurations(
  state: RotationState | undefined,
  request: RotationRequest,
): { readonly durations: Durations; readonly refusal?: Refusal } {
  const stored = state?.durations ?? defaultDurations;
  // Before the first stage nothing was agreed on, so only the one-hour floor counts.
  const agreed = state?.history.some((entry) => entry.step === 'stage') === true;
  const wanted: Durations = {
    minPublishAge: request.minPublishAge ?? stored.minPublishAge,
    maxTokenLifetime: request.maxTokenLifetime ?? stored.maxTokenLifetime,
  };
  if (request.confirmed) return { durations: wanted };
  const shortened = (['minPublishAge', 'maxTokenLifetime'] as const).find(
    (name) =>
      request[name] !== undefined &&
      ((agreed && wanted[name] < stored[name]) ||
        (wanted[name] < hour && wanted[name] !== stored[name])),
  );
  if (shortened === undefined) return { durations: wanted };
  const flag = shortened === 'minPublishAge' ? '--min-publish-age' : '--max-token-lifetime';
  const why =
    agreed && wanted[shortened] < stored[shortened]
      ? `is shorter than the stored "${formatDuration(stored[shortened])}"`
      : 'is below one hour';
  return {
    durations: stored,
    refusal: {
      code: 'CONFIRMATION_REQUIRED',
      message: `${flag} "${formatDuration(wanted[shortened])}" ${why}`,
      hint: 'a short wait can cut pods off from AWS; to use it all the same, add --confirm <name> with the cluster name',
    },
  };
}

/** Seconds as `24h10m`, `30m`, `90s`, from two days on `90d`: what the flags take. */
export function formatDuration(seconds: number): string {
  const days = seconds >= 2 * day ? Math.floor(seconds / day) : 0;
  const parts = [
    { unit: 'd', count: days },
    { unit: 'h', count: Math.floor((seconds - days * day) / hour) },
    { unit: 'm', count: Math.floor((seconds % hour) / 60) },
    { unit: 's', count: Math.floor(seconds % 60) },
  ].filter((part) => part.count > 0);
  return parts.length === 0 ? '0s' : parts.map((part) => `${part.count}${part.unit}`).join('');
}
