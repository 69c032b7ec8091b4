// The two waits of a rotation: stored at `stage`, used by every later step, reset when it ends.
// A longer wait is accepted at once; a shorter one, or one below an hour, needs the typed name.

import { defaultDurations, type Durations, type RotationState } from './state.ts';
import type { Refusal, RotationRequest } from './view.ts';

const hour = 3600;
const day = 24 * hour;

/** The waits that hold where a step gives none: those of the rotation under way, else the defaults. */
export function holdingDurations(state: RotationState | undefined): Durations {
  return state === undefined || state.phase === 'steady' ? defaultDurations : state.durations;
}

/** The durations from now on, or the refusal of those that shorten a wait without confirmation. */
export function resolveDurations(
  state: RotationState | undefined,
  request: RotationRequest,
): { readonly durations: Durations; readonly refusal?: Refusal } {
  const stored = holdingDurations(state);
  const wanted: Durations = {
    minPublishAge: request.minPublishAge ?? stored.minPublishAge,
    maxTokenLifetime: request.maxTokenLifetime ?? stored.maxTokenLifetime,
  };
  const shortened = shortenedWaits(request, stored);
  if (request.confirmed || shortened.length === 0) return { durations: wanted };
  return {
    durations: stored,
    refusal: {
      code: 'CONFIRMATION_REQUIRED',
      message: shortened.join('; '),
      hint: 'with a short wait, AWS may refuse tokens of running pods; to use it for this rotation anyway, add --confirm <name> with the cluster name',
    },
  };
}

/** Each wait that is given shorter than what holds, or below an hour, in words. */
export function shortenedWaits(
  request: Pick<RotationRequest, 'minPublishAge' | 'maxTokenLifetime'>,
  stored: Durations,
): readonly string[] {
  const flags = {
    minPublishAge: '--min-publish-age',
    maxTokenLifetime: '--max-token-lifetime',
  } as const;
  return (['minPublishAge', 'maxTokenLifetime'] as const).flatMap((name) => {
    const wanted = request[name];
    if (wanted === undefined || wanted >= stored[name]) return [];
    const given = `${flags[name]} "${formatDuration(wanted)}"`;
    const floor = wanted < hour ? ' and below one hour' : '';
    return [`${given} is shorter than "${formatDuration(stored[name])}"${floor}`];
  });
}

/** How long it is until a time, in words: `23 h 59 m`. */
export function timeUntil(time: string, now: Date): string {
  const minutes = Math.max(0, Math.ceil((Date.parse(time) - now.getTime()) / 60_000));
  return `${Math.floor(minutes / 60)} h ${minutes % 60} m`;
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
