import { it } from 'vitest';
import { openRoles, closeRoles, createFor, create, scene } from '/work/main/test/flows/roles-scene.ts';
it('latency', async () => {
  await openRoles({ latencyMs: 50 });
  const t = Date.now();
  const { code, json } = await createFor(Array.from({ length: 200 }, (_, n) => ({ name: `n${n}` })));
  const ms = Date.now() - t; const calls = scene.aws.calls.length;
  console.log(code, json.changes.length, calls, ms, 'floor', calls * 50 / 16, ms / (calls * 50 / 16));
  await closeRoles();
  await openRoles({});
  const r = await create(['--credentials-requests-dir', '/work/shared/data/credentials-requests']);
  console.log(r.code, r.json.result.roles.map((x: any) => x.name), r.json.result.skipped.length, r.json.warnings);
  const r2 = await create(['--credentials-requests-dir', '/work/shared/data/credentials-requests']);
  console.log(r2.json.changes, scene.read('manifests/openshift-ingress-operator-cloud-credentials-credentials.yaml'));
  await closeRoles();
}, 60000);
