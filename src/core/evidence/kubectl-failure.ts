// What went wrong with a run of kubectl, in our words where we know what to do, in its own words where
// not. Its words come from servers and plugins: they are shortened here and made printable on output.

import { BootstrapError, type ErrorCode } from '../errors.ts';
import { shellWord } from '../shell-word.ts';
import type { KubectlAnswer } from './kubectl.ts';

/** What was asked, for messages and hints. */
export type Asked = {
  /** As it stands after "cannot": `read the key set of "https://10.0.0.1:6443"`. */
  readonly what: string;
  /** Commands that allow it; `<user>` is replaced by the user whom the API server names. */
  readonly allow: readonly string[];
  /** What was sent is secret, and words about it may repeat it: they are not shown. */
  readonly secret?: boolean;
};

export type FailedAnswer = Exclude<KubectlAnswer, { readonly kind: 'done' }>;

type Row = {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  readonly reason?: string;
  readonly hint: string;
};

const asFiles = 'or give the evidence as files, with --api-server-jwks and --token-file';

/** In order: the first row that fits. */
const rows: readonly Row[] = [
  {
    pattern: /unknown command "token|Unexpected args: \[token|must specify one of -f and -k/,
    code: 'CLUSTER_REQUEST_FAILED',
    reason: 'this kubectl has no "create token", which came with version 1.24',
    hint: `install kubectl 1.24 or newer, ${asFiles}`,
  },
  {
    pattern: /context "[^"]*" does not exist|context was not found|no context exists/,
    code: 'INPUT_INVALID',
    hint: 'check --context: `kubectl config get-contexts` lists the contexts of your kubeconfig',
  },
  {
    pattern: /error loading config file|invalid configuration/,
    code: 'INPUT_INVALID',
    hint: 'check your kubeconfig (KUBECONFIG): `kubectl config view` must read it',
  },
  {
    pattern: /x509:|certificate/,
    code: 'CLUSTER_REQUEST_FAILED',
    hint: 'give each API server by its address, such as --api-server https://10.0.0.1:6443: its certificate is then checked for the name kubernetes.default.svc, with the CA of your kubeconfig',
  },
  {
    pattern: /\(Unauthorized\)|Unauthorized|must be logged in/,
    code: 'CLUSTER_ACCESS_DENIED',
    reason: 'the API server does not accept the credentials of your kubeconfig',
    hint: 'log in again, or choose another --context: `kubectl auth whoami` must answer',
  },
  {
    pattern: /getting credentials|exec plugin|executable .* not found/,
    code: 'CLUSTER_ACCESS_DENIED',
    hint: 'the credential plugin of your kubeconfig failed: `kubectl auth whoami` must answer in the same environment',
  },
  {
    pattern: /\(Conflict\)|the object has been modified/,
    code: 'CLUSTER_REQUEST_FAILED',
    reason: 'somebody else changed it in the meantime',
    hint: 'find out who changes it, then run the same command again',
  },
  {
    pattern: /\(NotFound\)|not found/,
    code: 'CLUSTER_REQUEST_FAILED',
    hint: 'check that it exists, and that --context is the cluster of this issuer',
  },
  {
    pattern: /localhost:8080/,
    code: 'INPUT_INVALID',
    reason: 'there is no kubeconfig that names a cluster',
    hint: 'set KUBECONFIG, or put a kubeconfig where kubectl looks for it: `kubectl config view` shows what it reads',
  },
  {
    pattern: /was refused|connect|timeout|deadline|no such host|no route|EOF|TLS handshake/i,
    code: 'CLUSTER_REQUEST_FAILED',
    hint: 'make sure that the API server runs and can be reached from here, then run the same command again',
  },
];

/** A private key, as PEM or as the base64 of it in a Secret, or a JSON Web Token. */
const secret = /PRIVATE KEY|LS0tLS1CRUdJTi|\beyJ[\w-]{8,}\.[\w-]{8,}/;

/** The error for a run that did not end well. */
export function kubectlFailure(answer: FailedAnswer, asked: Asked): BootstrapError {
  const told = tellOf(answer, asked);
  return new BootstrapError({
    code: told.code,
    message: `cannot ${asked.what}: ${told.reason}`,
    hint: told.hint,
  });
}

function tellOf(answer: FailedAnswer, asked: Asked): Required<Omit<Row, 'pattern'>> {
  const code = 'CLUSTER_REQUEST_FAILED';
  switch (answer.kind) {
    case 'not-started':
      return {
        code,
        reason:
          answer.reason === 'ENOENT'
            ? 'kubectl is not on PATH'
            : `kubectl does not start (${answer.reason})`,
        hint: `install kubectl 1.24 or newer, ${asFiles}`,
      };
    case 'too-slow':
      return {
        code,
        reason: `kubectl did not end within ${answer.seconds} s`,
        hint: 'make sure that the API server can be reached and that your credential plugin asks no question, then run the same command again',
      };
    case 'too-large':
      return {
        code,
        reason: `the answer is larger than ${answer.bytes} bytes`,
        hint: 'check that the URL is that of an API server',
      };
    case 'failed':
      return tellOfWords(answer.stderr, asked);
  }
}

function tellOfWords(stderr: string, asked: Asked): Required<Omit<Row, 'pattern'>> {
  const words = lastWords(stderr);
  const user = /is forbidden: User "([^"]*)"|forbidden: User "([^"]*)"/.exec(words);
  if (user !== null || /\(Forbidden\)|is forbidden/.test(words)) {
    const name = user?.[1] ?? user?.[2] ?? '<user>';
    const commands = asked.allow.map((line) => `\`${line.replaceAll('<user>', shellWord(name))}\``);
    return {
      code: 'CLUSTER_ACCESS_DENIED',
      reason: `user "${name}" may not do that`,
      hint: `ask an administrator of the cluster to allow it: ${commands.join(', then ')}`,
    };
  }
  const row = rows.find(({ pattern }) => pattern.test(words));
  const kind = /Error from server \((\w+)\)/.exec(words)?.[1] ?? 'kubectl failed';
  return {
    code: row?.code ?? 'CLUSTER_REQUEST_FAILED',
    reason: row?.reason ?? (asked.secret === true || secret.test(words) ? kind : words),
    hint:
      row?.hint ??
      'run the same request with kubectl by hand to see more; nothing was changed by it',
  };
}

/** What kubectl says at its end, without the lines of its log before. */
function lastWords(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const own = lines.filter((line) => !/^[EIW]\d{4} /.test(line));
  const words = (own.length > 0 ? own : lines).slice(0, 3).join(' ').trim();
  return words.length > 400 ? `${words.slice(0, 400)} …` : words;
}
