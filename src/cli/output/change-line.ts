// A change as one line: in the plan of a dry run, and as progress of a real one.

import type { Change } from '../../core/change.ts';
import { visible } from '../session/control-characters.ts';
import type { Style } from './style.ts';

const signs = { create: '+', update: '~', delete: '-' } as const;

/** `+ s3-bucket my-cluster-oidc: private`. */
export function changeLine(change: Change, style: Style): string {
  const { create, update } = signs;
  const sign = signs[change.action];
  const color = sign === create ? style.good : sign === update ? style.caution : style.bad;
  const detail = change.detail === '' ? '' : `: ${change.detail}`;
  return `${color(sign)} ${change.resource} ${visible(`${change.id}${detail}`)}`;
}
