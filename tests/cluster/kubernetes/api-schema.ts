// Checks objects against the API's own schemas, without a cluster. The packages are made from the OpenAPI document of one release of
// Kubernetes each. Their validators tell wrong types, formats and missing fields, their types fields that the release does not know:
// so a misspelt field is found, which an API server would drop with no more than a warning.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import type { KubernetesObject } from './rendered-overlay.ts';

/** By release of Kubernetes: the package made from its OpenAPI document. */
export const API_PACKAGES = { '1.27': 'kubernetes-models-1.27', '1.34': 'kubernetes-models' } as const;
export type ApiRelease = keyof typeof API_PACKAGES;

/** Kinds that operators add. */
const ADDED_GROUPS: Readonly<Record<string, string>> = {
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator/monitoring.coreos.com',
};

const here = dirname(fileURLToPath(import.meta.url));

function moduleOf({ apiVersion, kind }: KubernetesObject, release: ApiRelease): string {
  const [group] = apiVersion.split('/');
  const added = ADDED_GROUPS[group];
  const place = added === undefined ? `${API_PACKAGES[release]}/${apiVersion}` : added + apiVersion.slice(group.length);
  return `${place}/${kind}`;
}

const nameOf = ({ kind, metadata }: KubernetesObject) => `${kind}/${metadata?.name}`;

/** @returns a line for each fault, with the object's name; none where all is well. */
export async function schemaFaults(objects: readonly KubernetesObject[], release: ApiRelease): Promise<string[]> {
  const faults: string[] = [];
  for (const object of objects) {
    try {
      const found = await import(moduleOf(object, release));
      new found[object.kind](structuredClone(object)).validate();
    } catch (error) {
      faults.push(`${nameOf(object)}: ${(error as Error).message}`);
    }
  }
  return [...faults, ...unknownFields(objects, release)];
}

function unknownFields(objects: readonly KubernetesObject[], release: ApiRelease): string[] {
  const lines = objects.map((object, place) => {
    const type = `import(${JSON.stringify(moduleOf(object, release))}).I${object.kind}`;
    return `export const object${place}: ${type} = ${JSON.stringify(object)};`;
  });
  const file = join(here, 'rendered-objects.ts');
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  const text = lines.join('\n');
  host.fileExists = (name) => name === file || fileExists(name);
  host.readFile = (name) => (name === file ? text : readFile(name));
  host.getSourceFile = (name, ...rest) =>
    name === file ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2023) : getSourceFile(name, ...rest);
  const program = ts.createProgram([file], options, host);
  const source = program.getSourceFile(file);
  return ts.getPreEmitDiagnostics(program, source).map(({ start = 0, messageText }) => {
    const { line } = ts.getLineAndCharacterOfPosition(source!, start);
    return `${nameOf(objects[line])}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}
