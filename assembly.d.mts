import type { Plugin as EsbuildPlugin } from 'esbuild';
import type { Plugin as VitePlugin } from 'vite';

export function compileAssembly(wasmPath: string): Promise<Uint8Array>;
export const esbuildAssembly: EsbuildPlugin;
export const viteAssembly: VitePlugin;
