/**
 * The server that the bench `scim-http` compares with: scimmy-routers on express, with its resources in
 * memory. The bench installs the packages into a temporary folder and runs a copy of this file there.
 */
import { randomUUID } from 'node:crypto';
import express from 'express';
import SCIMMY from 'scimmy';
import SCIMMYRouters from 'scimmy-routers';

/** Handlers as the documentation of SCIMMY describes them. */
function inMemory() {
  const resources = new Map();
  return {
    ingress: (resource, data) => {
      const id = resource.id ?? randomUUID();
      const now = new Date();
      const created = resources.get(id)?.meta.created ?? now;
      const stored = { ...data, id, meta: { ...data.meta, created, lastModified: now } };
      resources.set(id, stored);
      return stored;
    },
    egress: (resource) => {
      if (!resource.id) {
        const all = [...resources.values()];
        return resource.filter ? resource.filter.match(all) : all;
      }
      const found = resources.get(resource.id);
      if (!found) throw new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`);
      return found;
    },
    degress: (resource) => {
      resources.delete(resource.id);
    },
  };
}

for (const type of [SCIMMY.Resources.User, SCIMMY.Resources.Group]) {
  const { ingress, egress, degress } = inMemory();
  SCIMMY.Resources.declare(type).ingress(ingress).egress(egress).degress(degress);
}

const token = process.argv[2];
const app = express();
app.use(
  '/scim/v2',
  new SCIMMYRouters({
    type: 'bearer',
    handler(request) {
      if (request.header('authorization') !== `Bearer ${token}`) throw new Error('Unknown token.');
      return 'bench';
    },
  }),
);
const server = app.listen(0, '127.0.0.1', () =>
  console.log(`http://127.0.0.1:${server.address().port}/scim/v2`),
);
// Connections of the bench wait while the other server is measured.
server.keepAliveTimeout = 600_000;
