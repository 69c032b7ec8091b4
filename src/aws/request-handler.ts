// Sends the requests of all SDK clients, those of the credential chain too: each over the agent for its
// URL, and with a limit on the size and the time of its answer. Loaded with the SDK only.

import type { Agent } from 'node:http';
import { Readable, Transform, pipeline } from 'node:stream';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/** What an answer of AWS never reaches: a page of a list has some hundred KiB and takes seconds. */
const answerLimits = { bytes: 16 * 1024 * 1024, milliseconds: 60_000 };

export type AnswerLimits = typeof answerLimits;

/** The agent for a URL; undefined: the SDK's own. */
export type AgentFor = (url: URL) => Promise<Agent | undefined>;

const silent = (): void => {};

/** The SDK writes warnings on the console unless it is given somewhere else. */
export const logger = { trace: silent, debug: silent, info: silent, warn: silent, error: silent };

export type Sending = {
  readonly agentFor: AgentFor | undefined;
  /** Called with each token that is sent: an endpoint may repeat it. */
  readonly onSecret: ((secret: string) => void) | undefined;
  readonly limits?: AnswerLimits;
};

/** Headers with a token of AWS: of temporary credentials, of SSO. */
const tokenHeaders = ['x-amz-security-token', 'x-amz-sso_bearer_token'];

/** A request handler of the SDK; meant to be shared by all clients. */
export function requestHandler({
  agentFor,
  onSecret,
  limits = answerLimits,
}: Sending): NodeHttpHandler {
  const handlers = new Map<Agent | undefined, NodeHttpHandler>();
  const handlerOn = (agent: Agent | undefined): NodeHttpHandler => {
    const known = handlers.get(agent) ?? new NodeHttpHandler(handlerOptions(agent));
    handlers.set(agent, known);
    return known;
  };
  const direct = handlerOn(undefined);
  const send = direct.handle.bind(direct);
  // The first handler represents all of them: the SDK reads its settings.
  direct.handle = async (request, options) => {
    const { protocol, hostname, port, headers } = request;
    for (const name of tokenHeaders) if (headers[name] !== undefined) onSecret?.(headers[name]);
    const url = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`);
    const agent = await agentFor?.(url);
    const handle = agent === undefined ? send : handlerOn(agent).handle.bind(handlerOn(agent));
    const timer = new AbortController();
    const timeout = setTimeout(() => timer.abort(), limits.milliseconds).unref();
    try {
      const { response } = await handle(request, { ...options, abortSignal: timer.signal });
      const body: unknown = response.body;
      if (body instanceof Readable) {
        const limited = isShort(response.headers, limits) ? body : counted(body, limits);
        timer.signal.addEventListener('abort', () => limited.destroy(tooSlow(limits)));
        limited.once('close', () => clearTimeout(timeout));
        response.body = limited;
      }
      return { response };
    } catch (error) {
      clearTimeout(timeout);
      throw timer.signal.aborted ? tooSlow(limits) : error;
    }
  };
  return direct;
}

function handlerOptions(
  agent: Agent | undefined,
): ConstructorParameters<typeof NodeHttpHandler>[0] {
  // Without these a connection that never opens, or falls silent, is waited for minutes long.
  const timeouts = { connectionTimeout: 10_000, socketTimeout: 60_000, logger };
  if (agent === undefined) return timeouts;
  return { ...timeouts, httpAgent: agent, httpsAgent: agent as import('node:https').Agent };
}

/** Whether the answer says how long it is: Node reads no more than that. */
function isShort(
  headers: { readonly [name: string]: string | undefined },
  limits: AnswerLimits,
): boolean {
  const length = headers['content-length'];
  return length !== undefined && Number(length) <= limits.bytes;
}

/** The same stream, which fails where it holds too much. */
function counted(body: Readable, limits: AnswerLimits): Readable {
  let size = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > limits.bytes)
        done(failure('AnswerTooLarge', `the answer has more than ${limits.bytes} bytes`));
      else done(null, chunk);
    },
  });
  pipeline(body, counter, silent);
  return counter;
}

function tooSlow({ milliseconds }: AnswerLimits): Error {
  return failure('AnswerTooSlow', `the answer took more than ${milliseconds / 1000} s`);
}

function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { name: code, code });
}
