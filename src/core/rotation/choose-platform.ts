// Which platform a rotation is for. It is chosen at `stage`, and at `emergency`; the steps between follow it.

import type { Platform } from '../cluster/platform.ts';
import type { RotationRequest } from './view.ts';

type Wish = Pick<RotationRequest, 'platform' | 'folderPlatform'>;

/** As the flag says, else as the output folder keeps it, else as it was. */
export function choosePlatform(wish: Wish, before: Platform | undefined): Platform {
  return wish.platform ?? wish.folderPlatform ?? before ?? 'kubernetes';
}

/** What a run says that is given another platform than there was; `where` that one stands. */
export function platformNote(
  given: Platform | undefined,
  before: { readonly platform: Platform | undefined; readonly where: string },
): string | undefined {
  if (given === undefined || before.platform === undefined || given === before.platform) {
    return undefined;
  }
  return `--platform was "${before.platform}" in this ${before.where} and is "${given}" now: the files under cluster/ are replaced`;
}
