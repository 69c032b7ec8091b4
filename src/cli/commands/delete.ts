// delete: takes down what a name has, in the order that never leaves AWS trusting an issuer that
// others can claim. The plan is shown and approved first; a run that was cut off is finished by the next.

import type { DeleteResult } from '../../core/result.ts';
import type { Spared } from '../../core/thing.ts';
import type { Target } from '../../core/target.ts';
import {
  checkFolder,
  checkFolderHosting,
  checkFolderOwner,
  forgetIssuer,
  readFolderOwner,
} from '../../local/folder-owner.ts';
import { privateKeyFiles } from '../../local/private-key-files.ts';
import type { OutputFolder } from '../../local/output-folder.ts';
import { findWhatIsOurs, type Remains } from '../../workflows/teardown/find-what-is-ours.ts';
import { tearDown, thingsToDelete } from '../../workflows/teardown/teardown.ts';
import {
  finishReading,
  readAwsOptions,
  readBoolean,
  readText,
  startReading,
  type Flags,
} from '../flags/flags.ts';
import { readHostingFlags } from '../flags/hosting-flags.ts';
import type { HostingFlags } from '../../workflows/hosting/site.ts';
import { targetOf } from '../flags/target.ts';
import { heading, table, type Page } from '../output/page.ts';
import { confirmName, confirmNameOrYes } from '../session/confirm.ts';
import type { AwsOptions, Session } from '../session/session.ts';

export type Options = AwsOptions &
  HostingFlags & {
    readonly keepRoles: boolean;
    readonly keepIssuer: boolean;
    readonly detachForeign: boolean;
    readonly wait: boolean;
    readonly yes: boolean;
    readonly confirm: string | undefined;
  };

/** Reads the flags; all issues at once. */
export function parse(flags: Flags): Options {
  const reading = startReading(flags);
  const options = {
    ...readAwsOptions(reading),
    ...readHostingFlags(reading),
    keepRoles: readBoolean(reading, 'keepRoles') ?? false,
    keepIssuer: readBoolean(reading, 'keepIssuer') ?? false,
    detachForeign: readBoolean(reading, 'detachForeign') ?? false,
    wait: readBoolean(reading, 'noWait') !== true,
    yes: readBoolean(reading, 'yes') ?? false,
    confirm: readText(reading, 'confirm'),
  };
  finishReading(reading);
  return options;
}

/** Finds, asks, deletes. */
export async function run(options: Options, session: Session): Promise<DeleteResult> {
  const { folder } = session;
  checkFolder(folder, { ...options, readOnly: true });
  const context = await session.connect(options);
  const target = targetOf(context, options);
  const { name, account, region } = target;
  checkFolderOwner(folder, { name, account, region, issuer: null });
  checkFolderHosting(folder, options);
  const recordedIssuer = readFolderOwner(folder)?.issuer ?? undefined;
  const found = await findWhatIsOurs(context, { ...options, target, recordedIssuer });
  const remains = { ...found, kept: [...found.kept, ...keysIn(folder, found)] };
  if (context.gate.dryRun) tellSpared(session, remains);
  else await approve(session, { options, target, remains });
  const result = await tearDown(context, remains, session.keepResult);
  if (!context.gate.dryRun && remains.hosting !== undefined && result.left.length === 0) {
    forgetIssuer(folder);
  }
  return result;
}

/** The typed name, `--yes` or `--confirm`; a rotation that is under way needs more than `--yes`. */
async function approve(
  session: Session,
  plan: { readonly options: Options; readonly target: Target; readonly remains: Remains },
): Promise<void> {
  const { options, target, remains } = plan;
  const { name, yes, confirm } = options;
  const things = thingsToDelete(remains);
  if (things.length === 0) return;
  const rotation = remains.hosting?.rotation;
  const resources = things.length === 1 ? '1 resource' : `${things.length} resources`;
  const consequence =
    `${rotation === undefined ? '' : `${rotation}: `}this deletes ${resources} of "${name}" ` +
    `in account ${target.account}${remains.providers.length === 0 ? '' : ', and its pods get no credentials any more'}`;
  const affected = [
    ...things.map(({ resource, id }) => `- ${resource} ${id}`),
    ...[...remains.kept, ...remains.blocked].map((spared) => `  ${keptLine(spared)}`),
    ...otherAccounts(remains),
  ];
  const { host } = session;
  if (rotation !== undefined || confirm !== undefined) {
    await confirmName(host, { consequence, affected, name, confirm });
  } else {
    await confirmNameOrYes(host, { consequence, affected, name, yes });
  }
}

/** IAM of other accounts is out of sight. */
function otherAccounts({ hosting, issuers }: Remains): readonly string[] {
  if (hosting === undefined || hosting.owned.length === 0) return [];
  const below = hosting.isShared ? ' and issuers below it' : '';
  return issuers.map(
    (issuer) => `providers for ${issuer}${below} in other accounts must be deleted before`,
  );
}

/** What a plan of changes does not show. */
function tellSpared(session: Session, remains: Remains): void {
  const { kept, blocked, hosting } = remains;
  if (hosting?.rotation !== undefined) session.warn(hosting.rotation);
  for (const spared of [...kept, ...blocked]) session.note(keptLine(spared));
  for (const line of otherAccounts(remains)) session.note(line);
}

function keptLine({ resource, id, reason }: Spared): string {
  return `kept: ${resource} ${id} (${reason})`;
}

/** Private keys stay in the folder; without their issuer they are of no use. */
function keysIn(folder: OutputFolder, { hosting }: Remains): readonly Spared[] {
  if (hosting === undefined || readFolderOwner(folder) === undefined) return [];
  const reason = 'local file; delete it by hand when no cluster uses it';
  return privateKeyFiles(folder).map((id) => ({ resource: 'signing-key', id, reason }));
}

/** What was deleted, what was not, and why. */
export function describe(result: DeleteResult, page: Page): string {
  const { deleted, kept, left } = result;
  const list = (title: string, rows: readonly Spared[]): readonly string[] =>
    rows.length === 0
      ? []
      : [
          heading(page, `${title} (${rows.length})`),
          ...table(
            page,
            ['resource', 'id', 'why'],
            rows.map(({ resource, id, reason }) => [resource, id, reason]),
          ),
          '',
        ];
  const lines = [
    ...(deleted.length === 0
      ? []
      : [
          heading(page, `Deleted (${deleted.length})`),
          ...table(
            page,
            ['resource', 'id'],
            deleted.map(({ resource, id }) => [resource, id]),
          ),
          '',
        ]),
    ...list('Still there', left),
    ...list('Kept', kept),
  ];
  return lines.length === 0
    ? 'No resource of this name was found: check --name, --region and --profile.'
    : lines.slice(0, -1).join('\n');
}
