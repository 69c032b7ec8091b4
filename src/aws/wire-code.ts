// The code AWS put on the wire, read from whatever the SDK made of it.
// IAM and STS errors are named after their shape (`NoSuchEntityException`), others after the code,
// and an answer to HEAD has no code at all, only a status.

const bodiless: { readonly [status: number]: string } = {
  301: 'PermanentRedirect',
  400: 'BadRequest',
  403: 'AccessDenied',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  412: 'PreconditionFailed',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
};

/** Members that SDK and Node.js errors may have; all unproven. */
export type LooseError = {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly Code?: unknown;
  readonly Error?: { readonly Code?: unknown };
  readonly cause?: unknown;
  readonly $metadata?: {
    readonly httpStatusCode?: number;
    readonly attempts?: number;
    readonly requestId?: string;
  };
  readonly $response?: { readonly headers?: { readonly [name: string]: string } };
};

/** The error as something whose members may be asked for. */
export function looseError(error: unknown): LooseError {
  return typeof error === 'object' && error !== null ? error : { message: String(error) };
}

/** Wire code without a trailing `Exception`; the code of Node.js where AWS never answered. */
export function wireCode(thrown: unknown): string {
  const error = looseError(thrown);
  const text = (value: unknown): string | undefined =>
    typeof value === 'string' && value !== '' ? value : undefined;
  const status = error.$metadata?.httpStatusCode;
  if (status === undefined) {
    const cause = error.cause === undefined ? {} : looseError(error.cause);
    return text(error.code) ?? text(cause.code) ?? text(error.name) ?? 'UnknownError';
  }
  const code = text(error.Code) ?? text(error.Error?.Code) ?? text(error.name) ?? 'Unknown';
  if (code === 'Unknown' || code === 'Error' || code === 'SyntaxError') {
    return bodiless[status] ?? `Http${status}`;
  }
  return code.replace(/Exception$/, '');
}

/** True for codes that say a limit of the account is reached; repeating cannot help. */
export function isQuotaCode(code: string): boolean {
  return /^(?:LimitExceeded|ServiceQuotaExceeded|TooMany(?!Requests)\w+?)(?:Exception)?$/.test(
    code,
  );
}
