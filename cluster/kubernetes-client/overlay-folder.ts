import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `cluster/kubernetes` of the project, or of the package that the built program is part of; null where it is missing. */
function kubernetesFolder(): string | null {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (let depth = 0; depth < 5; depth++) {
    const candidate = join(folder, 'cluster', 'kubernetes');
    if (existsSync(join(candidate, 'base'))) return candidate;
    folder = dirname(folder);
  }
  return null;
}

/** Names of the overlays that come with the program. */
export function shippedOverlays(): string[] {
  const folder = kubernetesFolder();
  return folder === null ? [] : readdirSync(join(folder, 'overlays')).toSorted();
}

/** @returns the folder of an overlay that comes with the program; null where there is none of that name. */
export function shippedOverlay(name: string): string | null {
  const folder = kubernetesFolder();
  const found = folder === null || !/^[a-z0-9-]+$/.test(name) ? null : join(folder, 'overlays', name);
  return found !== null && existsSync(join(found, 'kustomization.yaml')) ? found : null;
}
