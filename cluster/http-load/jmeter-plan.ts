import type { HttpScenario } from '../scenario/scenario.ts';
import { type HttpStep, httpSteps } from './http-steps.ts';

/**
 * An HTTP load as a test plan that JMeter (2.13 to 5.x) opens in its window and runs headless.
 *
 * @param token that offers carry where the gateway asks for one (RFC 9725, section 4.7); it stands in the plan.
 *
 * `LoopController.continue_forever` is false: where it is true the schedule does not end the threads, and the plan never ends.
 */
export function jmeterPlan(
  http: HttpScenario,
  url: string,
  seconds: number,
  name: string,
  token: string | null = null,
): string {
  const steps = httpSteps(http);
  return `<?xml version="1.0" encoding="UTF-8"?>
<jmeterTestPlan version="1.2" properties="2.8" jmeter="2.13">
  <hashTree>
    <TestPlan guiclass="TestPlanGui" testclass="TestPlan" testname="${escapeXml(name)}" enabled="true">
      <stringProp name="TestPlan.comments">HTTP load of a scenario of rtcscope</stringProp>
      <boolProp name="TestPlan.functional_mode">false</boolProp>
      <boolProp name="TestPlan.serialize_threadgroups">false</boolProp>
      <elementProp name="TestPlan.user_defined_variables" elementType="Arguments" guiclass="ArgumentsPanel" testclass="Arguments" testname="User Defined Variables" enabled="true">
        <collectionProp name="Arguments.arguments"/>
      </elementProp>
      <stringProp name="TestPlan.user_define_classpath"></stringProp>
    </TestPlan>
    <hashTree>
      <ThreadGroup guiclass="ThreadGroupGui" testclass="ThreadGroup" testname="users" enabled="true">
        <stringProp name="ThreadGroup.on_sample_error">continue</stringProp>
        <elementProp name="ThreadGroup.main_controller" elementType="LoopController" guiclass="LoopControlPanel" testclass="LoopController" testname="Loop Controller" enabled="true">
          <boolProp name="LoopController.continue_forever">false</boolProp>
          <intProp name="LoopController.loops">-1</intProp>
        </elementProp>
        <stringProp name="ThreadGroup.num_threads">${http.users}</stringProp>
        <stringProp name="ThreadGroup.ramp_time">${Math.round(http.rampSeconds)}</stringProp>
        <longProp name="ThreadGroup.start_time">0</longProp>
        <longProp name="ThreadGroup.end_time">0</longProp>
        <boolProp name="ThreadGroup.scheduler">true</boolProp>
        <stringProp name="ThreadGroup.duration">${Math.max(1, Math.round(seconds))}</stringProp>
        <stringProp name="ThreadGroup.delay">0</stringProp>
      </ThreadGroup>
      <hashTree>
        <ConstantTimer guiclass="ConstantTimerGui" testclass="ConstantTimer" testname="pause before each request" enabled="true">
          <stringProp name="ConstantTimer.delay">${http.pauseMs}</stringProp>
        </ConstantTimer>
        <hashTree/>
${steps.map((step, index) => sampler(step, new URL(url), steps[index + 1]?.path === null, token)).join('\n')}
      </hashTree>
    </hashTree>
  </hashTree>
</jmeterTestPlan>
`;
}

/** The variable that a resource's path is kept in from one request to the next. */
const RESOURCE = 'resource';

/** @param keepsResource whether the next step goes to where this one's answer says. */
function sampler(
  step: HttpStep,
  { hostname, port, protocol }: URL,
  keepsResource: boolean,
  token: string | null,
): string {
  const path = step.path ?? `\${${RESOURCE}}`;
  return `        <HTTPSamplerProxy guiclass="HttpTestSampleGui" testclass="HTTPSamplerProxy" testname="${escapeXml(step.label)}" enabled="true">
${body(step)}
          <stringProp name="HTTPSampler.domain">${escapeXml(hostname)}</stringProp>
          <stringProp name="HTTPSampler.port">${escapeXml(port)}</stringProp>
          <stringProp name="HTTPSampler.connect_timeout">10000</stringProp>
          <stringProp name="HTTPSampler.response_timeout">30000</stringProp>
          <stringProp name="HTTPSampler.protocol">${escapeXml(protocol.replace(':', ''))}</stringProp>
          <stringProp name="HTTPSampler.contentEncoding"></stringProp>
          <stringProp name="HTTPSampler.path">${escapeXml(path)}</stringProp>
          <stringProp name="HTTPSampler.method">${step.method}</stringProp>
          <boolProp name="HTTPSampler.follow_redirects">true</boolProp>
          <boolProp name="HTTPSampler.auto_redirects">false</boolProp>
          <boolProp name="HTTPSampler.use_keepalive">true</boolProp>
          <boolProp name="HTTPSampler.DO_MULTIPART_POST">false</boolProp>
          <boolProp name="HTTPSampler.monitor">false</boolProp>
          <stringProp name="HTTPSampler.embedded_url_re"></stringProp>
        </HTTPSamplerProxy>
${within(step, keepsResource, token)}`;
}

function body({ body: text }: HttpStep): string {
  if (text === null) {
    return `          <elementProp name="HTTPsampler.Arguments" elementType="Arguments" guiclass="HTTPArgumentsPanel" testclass="Arguments" testname="User Defined Variables" enabled="true">
            <collectionProp name="Arguments.arguments"/>
          </elementProp>`;
  }
  return `          <boolProp name="HTTPSampler.postBodyRaw">true</boolProp>
          <elementProp name="HTTPsampler.Arguments" elementType="Arguments">
            <collectionProp name="Arguments.arguments">
              <elementProp name="" elementType="HTTPArgument">
                <boolProp name="HTTPArgument.always_encode">false</boolProp>
                <stringProp name="Argument.value">${escapeXml(text)}</stringProp>
                <stringProp name="Argument.metadata">=</stringProp>
              </elementProp>
            </collectionProp>
          </elementProp>`;
}

/** What belongs to one request: its headers, and what is kept of its answer. */
function within({ contentType, path }: HttpStep, keepsResource: boolean, token: string | null): string {
  const parts: string[] = [];
  if (contentType !== null) {
    parts.push(`          <HeaderManager guiclass="HeaderPanel" testclass="HeaderManager" testname="headers" enabled="true">
            <collectionProp name="HeaderManager.headers">
${header('Content-Type', contentType)}${token === null ? '' : `\n${header('Authorization', `Bearer ${token}`)}`}
            </collectionProp>
          </HeaderManager>
          <hashTree/>`);
  }
  if (keepsResource) {
    // Where the answer names none, the next request goes to a resource that is not there, and counts as failed.
    parts.push(`          <RegexExtractor guiclass="RegexExtractorGui" testclass="RegexExtractor" testname="resource" enabled="true">
            <stringProp name="RegexExtractor.useHeaders">true</stringProp>
            <stringProp name="RegexExtractor.refname">${RESOURCE}</stringProp>
            <stringProp name="RegexExtractor.regex">[Ll]ocation: (\\S+)</stringProp>
            <stringProp name="RegexExtractor.template">$1$</stringProp>
            <stringProp name="RegexExtractor.default">${escapeXml(`${path}/none`)}</stringProp>
            <stringProp name="RegexExtractor.match_number">1</stringProp>
          </RegexExtractor>
          <hashTree/>`);
  }
  if (parts.length === 0) return '        <hashTree/>';
  return `        <hashTree>\n${parts.join('\n')}\n        </hashTree>`;
}

const header = (name: string, value: string): string => `              <elementProp name="" elementType="Header">
                <stringProp name="Header.name">${name}</stringProp>
                <stringProp name="Header.value">${escapeXml(value)}</stringProp>
              </elementProp>`;

/** A carriage return would be read as a line feed (XML 1.0, section 2.11). */
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
};
const escapeXml = (text: string): string => text.replaceAll(/[&<>"\r]/g, (character) => ENTITIES[character]);
