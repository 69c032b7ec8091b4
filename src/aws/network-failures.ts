// Calls that AWS did not answer: the proxy, the network, TLS, or a server that is not AWS.

import { code, type FailureRow } from './failure-row.ts';

/** What Node.js says of a body that ended too early. */
const cutOff = 'aborted';

/** In order: the first row that holds decides. */
export const networkFailures: readonly FailureRow[] = [
  // The proxy's own answer.
  {
    when: ({ status }) => status === 407,
    code: 'AWS_REQUEST_FAILED',
    what: (facts) => `the proxy requires a user name and a password for ${facts.operation}`,
    hint: () => 'set HTTPS_PROXY=http://user:password@host:port',
  },
  // An answer that is not one of AWS's.
  {
    when: code('AnswerTooLarge', 'AnswerTooSlow'),
    code: 'AWS_REQUEST_FAILED',
    what: (facts) => `the answer to ${facts.operation} was too large or too slow`,
    hint: () =>
      'AWS does not answer so: check --endpoint-url, AWS_ENDPOINT_URL and HTTPS_PROXY, then run again',
  },
  {
    // A captive portal, a proxy's page, a redirect: the SDK could not read it, or follows none.
    when: ({ awsCode, status, text }) =>
      (/^Http[23]\d\d$/.test(awsCode) && text !== cutOff) ||
      /^(?:RangeError|TypeError|HPE_.*)$/.test(awsCode) ||
      (status === 200 && /XML parse error|deserializer/.test(text)),
    code: 'AWS_REQUEST_FAILED',
    what: (facts) => `the answer to ${facts.operation} is not one of AWS`,
    hint: () => 'check --endpoint-url, AWS_ENDPOINT_URL and HTTPS_PROXY, then run again',
  },
  // No answer at all.
  {
    when: code('ENOTFOUND', 'EAI_AGAIN'),
    code: 'AWS_REQUEST_FAILED',
    what: (facts) => `the address of ${facts.operation} cannot be resolved`,
    hint: (facts) =>
      `check the network and its DNS, --region ("${facts.region}") and --endpoint-url, and HTTPS_PROXY if one is set`,
  },
  {
    when: code('ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL'),
    code: 'AWS_REQUEST_FAILED',
    what: (facts) => `no connection to AWS for ${facts.operation}`,
    hint: () =>
      'check the network, and --endpoint-url, AWS_ENDPOINT_URL or HTTPS_PROXY if one is set; a network that needs a proxy needs HTTPS_PROXY',
  },
  {
    when: (facts) =>
      facts.text === cutOff ||
      (facts.status === undefined &&
        code('ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ETIMEDOUT', 'TimeoutError')(facts)),
    code: 'AWS_REQUEST_FAILED',
    what: (facts) => `the connection to AWS broke off during ${facts.operation}`,
    hint: () => 'run again: it goes on from here; finished work is found',
  },
  {
    when: ({ awsCode, status }) =>
      status === undefined &&
      /CERT|SELF_SIGNED|UNABLE_TO_|^ERR_TLS|^ERR_SSL|^EPROTO$/.test(awsCode),
    code: 'AWS_REQUEST_FAILED',
    what: (facts) => `the TLS connection for ${facts.operation} is not trusted`,
    hint: () =>
      'behind a company proxy set AWS_CA_BUNDLE to its certificates; check https:// in --endpoint-url',
  },
  {
    when: ({ awsCode, status }) => status === undefined && /^(?:ENOENT|EACCES)$/.test(awsCode),
    code: 'AWS_CREDENTIALS_MISSING',
    what: () => 'a file of the AWS credentials cannot be read',
    hint: () => 'check AWS_WEB_IDENTITY_TOKEN_FILE and the files that the profile names',
  },
];
