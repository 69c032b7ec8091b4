// Measured by loading-rows.ts: reads, parses, checks and renders the requests of a folder, as the
// commands do before their first AWS call. Writes nothing.

import { readCredentialsRequests } from '../../src/local/credentials-requests.ts';

const [folder = ''] = process.argv.slice(2);
const { requests } = readCredentialsRequests(folder, { cwd: '/', enableTechPreview: false });
if (requests.length === 0) throw new Error(`no request in "${folder}"`);
