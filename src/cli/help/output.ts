// `help output`.

import { exitCodes, type ErrorCode } from '../../core/errors.ts';
import { exitMeanings } from '../output/exit-meanings.ts';

/** Codes by exit code, as many a line as 80 columns hold. */
function codesOf(exit: number): readonly string[] {
  const codes = (Object.keys(exitCodes) as ErrorCode[]).filter((code) => exitCodes[code] === exit);
  const lines: string[] = [];
  for (const code of codes) {
    const last = lines.at(-1);
    if (last === undefined || `${last} ${code}`.length > 72) lines.push(code);
    else lines[lines.length - 1] = `${last} ${code}`;
  }
  return lines;
}

const exits = exitMeanings.map(([exit, meaning]) =>
  [`  ${String(exit).padEnd(4)}${meaning}`, ...codesOf(exit).map((line) => `      ${line}`)].join(
    '\n',
  ),
);

/** Streams, JSON, exit codes, dry runs. */ export const outputText = `Streams
  stdout has the result and nothing else. Progress, warnings, prompts and
  errors go to stderr. A terminal shows a spinner, any other output a line for
  each change. --quiet shows warnings and errors only, --verbose every step and
  every call to AWS. NO_COLOR, FORCE_COLOR, TERM=dumb and CI are honoured.

JSON
  -o json prints exactly one document, also for a failure:

    {"schemaVersion":1,"command":"create-all","ok":true,"dryRun":false,
     "changes":[{"resource":"iam-role","id":"...","action":"create","detail":"..."}],
     "result":{},"files":[{"path":"...","mode":"0600"}],"warnings":[]}

  "changes" holds what was really done: a second identical run has none.
  "files" are relative to --output-dir. A failure has "error" with "code",
  "message", "hint" and "details", and in "result" what is known so far. Fields
  and values may be added; scripts decide on "code", never on texts.

Exit codes
${exits.join('\n')}

Dry runs
  --dry-run prints the plan: + create, ~ update, - delete. It writes nothing to
  AWS and no key. Without credentials it plans for an empty account. It writes
  the manifests, with <placeholders> for values that are known only afterwards,
  and one file for each request, such as 01-s3api-create-bucket.json, which
  \`aws <service> <operation> --cli-input-json file://<file>\` takes as it is.
  --verbose prints these commands. The next run removes the files.`;
