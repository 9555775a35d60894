// Makes src/api/schema.d.ts from the API's own description: what a wrong call is, the type checker then says.
import { readFile, writeFile } from 'node:fs/promises'
import openapiTS, { astToString } from 'openapi-typescript'

const here = new URL('..', import.meta.url)
const description = JSON.parse(await readFile(new URL('../docs/openapi.json', here), 'utf8'))

// The console knows the doors of staff and of banks, and what is public; the client adds the CSRF token to every call by itself,
// and throws every refusal as the same Problem.
const wanted = Object.entries(description.paths).filter(([path]) => /^\/api\/(staff|partner|public)\//.test(path))
for (const [, methods] of wanted) {
  for (const operation of Object.values(methods)) {
    operation.parameters = operation.parameters.filter((one) => one.name.toLowerCase() !== 'x-csrf-token')
    operation.responses = Object.fromEntries(Object.entries(operation.responses).filter(([status]) => status.startsWith('2')))
  }
}
description.paths = Object.fromEntries(wanted)
delete description.components.responses

const types = astToString(await openapiTS(description, { alphabetize: true, defaultNonNullable: false }))
const target = new URL('src/api/schema.d.ts', here)
const made = `// Made by "npm run generate" from docs/openapi.json.\n${types}`
const before = await readFile(target, 'utf8').catch(() => '')
if (before !== made) await writeFile(target, made)
