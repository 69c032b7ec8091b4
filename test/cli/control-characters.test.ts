// Control characters of files, flags and AWS answers: shown as escapes in text, escaped in JSON.

import { describe, expect, it } from 'vitest';
import {
  escapedJson,
  printableHost,
  visible,
  visibleStrings,
} from '../../src/cli/session/control-characters.ts';
import { changeLine } from '../../src/cli/output/change-line.ts';
import { failureText } from '../../src/cli/output/failure.ts';
import { openProgress } from '../../src/cli/output/progress.ts';
import { failureDocument } from '../../src/cli/output/report.ts';
import { plainStyle, styleOf } from '../../src/cli/output/style.ts';
import { BootstrapError, InputError } from '../../src/core/errors.ts';
import { fakeHost, runCli } from './fake-host.ts';

/** Everything that controls a terminal: C0, DEL, C1, line separators, and changes of text direction. */
const codes = [
  ...Array.from({ length: 0x20 }, (_, code) => code),
  ...Array.from({ length: 0x21 }, (_, index) => 0x7f + index),
  ...Array.from({ length: 7 }, (_, index) => 0x2028 + index),
  ...Array.from({ length: 4 }, (_, index) => 0x2066 + index),
  0x61c,
  0x200e,
  0x200f,
];
const every = String.fromCharCode(...codes);
const holdsControl = (text: string): boolean =>
  codes.some((code) => code !== 10 && text.includes(String.fromCharCode(code)));
const nasty = `kid\nerror: forged \u001b[2J\u001b[31m\u009b1A\u202e ${every}`;

describe('control characters in text', () => {
  it('are shown as escapes, and nothing else changes', () => {
    expect(visible(every)).toHaveLength(codes.length * 6 - 3 * 4);
    expect(holdsControl(visible(every))).toBe(false);
    expect(visible('a\tb\r\n\u001b[0m\u0085\u202e')).toBe(
      String.raw`a\tb\r\n\u001b[0m\u0085\u202e`,
    );
    expect(visible('Straße – ключ 鍵 🔑 "x"')).toBe('Straße – ключ 鍵 🔑 "x"');
  });

  it('are shown as escapes everywhere in a result', () => {
    const result = { keys: [{ keyId: 'a\u001bb', at: null, published: true }], n: 1 };
    expect(visibleStrings(result)).toEqual({
      keys: [{ keyId: String.raw`a\u001bb`, at: null, published: true }],
      n: 1,
    });
  });

  it('cannot add a line to an error', () => {
    const options = { style: plainStyle, verbose: true };
    for (const error of [
      new BootstrapError({ code: 'INTERNAL', message: nasty, hint: nasty }),
      new BootstrapError({ code: 'INTERRUPTED', message: nasty }),
      new InputError([{ file: nasty, message: nasty }], nasty),
    ]) {
      const text = failureText(error, options);
      expect(holdsControl(text)).toBe(false);
      expect(text).not.toMatch(/^error: forged/m);
    }
  });

  it('cannot add a change or a warning', () => {
    const change = { resource: 'iam-role', id: nasty, action: 'create', detail: nasty } as const;
    const host = fakeHost();
    const options = { style: plainStyle, quiet: false, verbose: true, dryRun: false };
    const progress = openProgress({ ...options, host: printableHost(host) });
    progress.tell({ kind: 'change', change });
    progress.tell({ kind: 'step', text: nasty });
    progress.line(nasty.replace('\u001b[31m', ''));
    expect(changeLine(change, plainStyle)).not.toContain('\u001b');
    expect(host.err().split('\n')).toHaveLength(4);
    expect(holdsControl(host.err().replaceAll('\u001b[31m', ''))).toBe(false);
  });

  it('are not written to streams and prompts, except line ends and our own colors', async () => {
    const host = fakeHost({ stderrIsTerminal: true, answers: ['y'] });
    const printable = printableHost(host);
    const style = await styleOf(host.stderr, { env: {}, noColor: false });
    const colored = `${style.bad('a')}${style.caution('b')}${style.good('c')}${style.quiet('d')}\n`;
    printable.stderr.write(colored);
    expect(host.err()).toBe(colored);
    printable.stdout.write(every.replaceAll('\n', ''));
    expect(holdsControl(host.out())).toBe(false);
    await printable.ask(nasty);
    expect(holdsControl(host.questions.join(''))).toBe(false);
  });

  it('of flags and files are not written to the terminal', async () => {
    const name = 'a\u001b]0;title\u0007\u009b2J\nerror: forged';
    const runs = [
      await runCli(['create-key-pair', '--output-dir', `/dev/null/${name}`]),
      await runCli(['create-key-pair', `--${name}`]),
      await runCli([name]),
      await runCli(['create-key-pair', '--key-size', name]),
      await runCli(['create-identity-provider', '--public-key-file', name, '--name', name]),
    ];
    for (const { code, out, err } of runs) {
      expect(code).toBe(2);
      expect(holdsControl(out + err)).toBe(false);
      expect(err).not.toMatch(/^error: forged/m);
    }
  });
});

describe('control characters in JSON', () => {
  it('are escaped, and nothing is lost', () => {
    const error = new BootstrapError({ code: 'INTERNAL', message: every, details: { every } });
    const outcome = {
      command: 'c',
      dryRun: false,
      changes: [],
      result: { [every]: every },
      files: [],
      warnings: [every],
    };
    const document = failureDocument(outcome, error);
    expect(holdsControl(document)).toBe(false);
    expect(JSON.parse(document)).toMatchObject({
      error: { message: every, details: { every } },
      result: { [every]: every },
      warnings: [every],
    });
    expect(escapedJson('"\u0085\u202e"')).toBe(String.raw`"\u0085\u202e"`);
  });
});
