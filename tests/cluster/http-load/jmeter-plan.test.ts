import { XMLParser } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { jmeterPlan } from '../../../cluster/index.ts';

const HTTP = { users: 7, rampSeconds: 3, path: '/a&b', pauseMs: 40, whipRoom: null };

describe('the plan for JMeter', () => {
  const text = jmeterPlan(HTTP, 'http://127.9.0.1:8080', 12.4, 'busy <phase>');

  it('is XML with the load in it', () => {
    const plan = new XMLParser({ ignoreAttributes: false }).parse(text);
    const tree = plan.jmeterTestPlan.hashTree;
    expect(tree.TestPlan['@_testname']).toBe('busy <phase>');
    const group = tree.hashTree.ThreadGroup;
    const value = (name: string) =>
      group.stringProp.find((property: Record<string, unknown>) => property['@_name'] === `ThreadGroup.${name}`)[
        '#text'
      ];
    expect([value('num_threads'), value('ramp_time'), value('duration')]).toEqual([7, 3, 12]);
    const sampler = tree.hashTree.hashTree.HTTPSamplerProxy.stringProp;
    const path = sampler.find((property: Record<string, unknown>) => property['@_name'] === 'HTTPSampler.path');
    expect(path['#text']).toBe('/a&b');
  });

  it('lets offers carry a token, and nothing else', () => {
    const offers = (token: string | null) =>
      jmeterPlan({ ...HTTP, whipRoom: 'tea' }, 'http://127.9.0.1', 5, 'whip', token).match(/Bearer [^<]*/g);
    expect(offers(null)).toBeNull();
    expect(offers('a.b&c')).toEqual(['Bearer a.b&amp;c']);
  });

  it('ends by its schedule', () => {
    expect(text).toMatch(/continue_forever">false</);
    expect(text).toMatch(/scheduler">true</);
  });
});
