import { type FlowTable, Transport } from '../../captures/index.ts';
import { type IpGroups, isInNetwork, isIpv4, parseIpAddress } from '../ip-address.ts';
import { type Field, numberOf, relates } from './field.ts';
import { FilterSyntaxError, visibleExcerpt } from './filter-error.ts';
import { oncePerFlow } from './subject.ts';
import type { Token } from './tokens.ts';

type Reader = (flows: FlowTable, flow: number) => readonly number[];
type AddressReader = (flows: FlowTable, flow: number) => readonly string[];

/** Of a flow's ports any may do; `!=` means that none is equal, as in Wireshark 4. */
function portField(read: Reader): Field {
  const some = (test: (port: number) => boolean) => oncePerFlow((flows, flow) => read(flows, flow).some(test));
  return {
    compare(operator, token) {
      const value = numberOf(token, 65_535);
      if (operator === '!=') {
        return oncePerFlow((flows, flow) => {
          const ports = read(flows, flow);
          return ports.length > 0 && !ports.includes(value);
        });
      }
      return some((port) => relates(port - value, operator));
    },
    within(from, to) {
      const [low, high] = [numberOf(from, 65_535), numberOf(to, 65_535)];
      return some((port) => port >= low && port <= high);
    },
  };
}

export function ports(of: 'udp' | 'tcp' | 'any', which: 'source' | 'destination' | 'both'): Field {
  return portField((flows, flow) => {
    const transport = flows.transport(flow);
    const isTcp = transport === Transport.tcp || transport === Transport.turnTcp;
    if (of !== 'any' && (of === 'tcp') !== isTcp) return [];
    const [source, destination] = [flows.sourcePort(flow), flows.destinationPort(flow)];
    return which === 'both' ? [source, destination] : [which === 'source' ? source : destination];
  });
}

function parseNetwork({ text, position }: Token): { network: IpGroups; bits: number } {
  const [address, prefix, ...rest] = text.split('/');
  const network = parseIpAddress(address);
  if (network === null || rest.length > 0) {
    throw new FilterSyntaxError(
      `"${visibleExcerpt(text)}" is no IP address (write 10.0.0.1, 10.0.0.0/8 or 2001:db8::1)`,
      position,
    );
  }
  const longest = isIpv4(network) ? 32 : 128;
  if (prefix === undefined) return { network, bits: longest };
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > longest) {
    throw new FilterSyntaxError(`"/${prefix}" is no prefix length: 0 to ${longest}`, position + address.length);
  }
  return { network, bits: Number(prefix) };
}

function order(a: IpGroups, b: IpGroups): number {
  for (let index = 0; index < 8; index++) if (a[index] !== b[index]) return a[index] - b[index];
  return 0;
}

export function addresses(which: 'source' | 'destination' | 'both'): Field {
  const read: AddressReader = (flows, flow) => {
    if (which === 'source') return [flows.sourceAddress(flow)];
    if (which === 'destination') return [flows.destinationAddress(flow)];
    return [flows.sourceAddress(flow), flows.destinationAddress(flow)];
  };
  const some = (test: (address: IpGroups) => boolean) => (flows: FlowTable, flow: number) =>
    read(flows, flow).some((text) => {
      const address = parseIpAddress(text);
      return address !== null && test(address);
    });
  return {
    compare(operator, token) {
      const { network, bits } = parseNetwork(token);
      const inside = some((address) => isInNetwork(address, network, bits));
      if (operator === '==') return oncePerFlow(inside);
      if (operator === '!=') return oncePerFlow((flows, flow) => !inside(flows, flow));
      if (token.text.includes('/'))
        throw new FilterSyntaxError(`a network takes == or != only, not ${operator}`, token.position);
      return oncePerFlow(
        some((address) => isIpv4(address) === isIpv4(network) && relates(order(address, network), operator)),
      );
    },
    within(from, to) {
      const [low, high] = [parseNetwork(from).network, parseNetwork(to).network];
      return oncePerFlow(some((address) => order(address, low) >= 0 && order(address, high) <= 0));
    },
  };
}
