import { writeFileSync } from 'node:fs';
import { type DeviceList, loadCapturing, shownName } from '../captures/index.ts';
import { UsageError } from './exit-status.ts';

/** @param json a file, or `-`; the list as text on standard output where not given. */
export async function printDevices(json: string | undefined): Promise<void> {
  const { listDevices } = await loadCapturing();
  const list = await listDevices();
  if (json === undefined) process.stdout.write(devicesText(list));
  else if (json === '-') process.stdout.write(`${JSON.stringify(list)}\n`);
  else {
    try {
      writeFileSync(json, `${JSON.stringify(list)}\n`);
    } catch (error) {
      throw new UsageError(`${shownName(json)}: ${(error as Error).message}`, 'Name a file that you may write.');
    }
  }
}

function devicesText({ source, devices }: DeviceList): string {
  const width = Math.max(...devices.map(({ name }) => shownName(name).length), 0);
  const lines = devices.map(({ name, description, addresses }) => {
    const rest = [...(description === null ? [] : [description]), ...addresses].map(shownName).join('  ');
    return `${shownName(name).padEnd(width)}  ${rest}`.trimEnd();
  });
  return `${lines.join('\n')}\n\n${devices.length} interfaces, as ${source} lists them\n`;
}
