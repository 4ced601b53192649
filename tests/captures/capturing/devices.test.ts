import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { DEVICE_TELLERS, listDevices } from '../../../captures/capturing/devices.ts';

describe('the list of interfaces', () => {
  it.each(DEVICE_TELLERS.map((ask, index) => [index, ask] as const))(
    'names what the system has: teller %i',
    async (index, ask) => {
      const list = await ask();
      // A tool may be missing, or list nothing to who may not capture; the system itself always tells.
      if (list === null) {
        expect(index).toBeLessThan(DEVICE_TELLERS.length - 1);
        return;
      }
      const names = list.devices.map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
      expect(list.source).not.toBe('');
      for (const [name, addresses] of Object.entries(networkInterfaces())) {
        // Others come and go with tests that run beside this one.
        if (!/^(lo|eth\d+|en[a-z0-9]+)$/.test(name)) continue;
        const device = list.devices.find((known) => known.name === name);
        expect(device?.addresses).toEqual(expect.arrayContaining([addresses![0].address]));
      }
    },
  );

  it('is that of the first who answers', async () => {
    const answers = await Promise.all(DEVICE_TELLERS.map((ask) => ask()));
    expect((await listDevices()).source).toBe(answers.find((list) => list !== null)?.source);
  });
});
