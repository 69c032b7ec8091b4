// Agents that connect through an HTTP proxy: CONNECT for https, the whole URL in the request for http.
// Loaded when a proxy is set.

import type { Agent, AgentOptions } from 'node:https';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';

/** An agent for one proxy and one scheme; `options` apply to the proxy and to the server. */
export function proxyAgent(
  proxy: URL,
  { tls, options }: { readonly tls: boolean; readonly options: AgentOptions },
): Agent {
  if (!tls) return new HttpProxyAgent(proxy, options);
  const agent = new HttpsProxyAgent(proxy, options) as Agent;
  // The library gives its options to the connection to the proxy; Node adds these to each request.
  Object.assign(agent.options, { ca: options.ca });
  return agent;
}
