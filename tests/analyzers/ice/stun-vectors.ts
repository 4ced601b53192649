import { hex } from '../../captures/packets/decoding.ts';

/** Test vectors of RFC 5769, section 2: one transaction with short-term credentials. */
export const sampleRequest = hex(`
  00 01 00 58                      // Binding request, 88 bytes
  21 12 a4 42                      // magic cookie
  b7 e7 a7 01 bc 34 d6 86 fa 87 df ae  // transaction id
  80 22 00 10                      // SOFTWARE, "STUN test client"
  53 54 55 4e 20 74 65 73 74 20 63 6c 69 65 6e 74
  00 24 00 04 6e 00 01 ff          // PRIORITY
  80 29 00 08 93 2f f9 b1 51 26 3b 36  // ICE-CONTROLLED, tie breaker
  00 06 00 09                      // USERNAME, "evtj:h6vY" and padding that is not zero
  65 76 74 6a 3a 68 36 76 59 20 20 20
  00 08 00 14                      // MESSAGE-INTEGRITY
  9a ea a7 0c bf d8 cb 56 78 1e f2 b5 b2 d3 f2 49 c1 b5 71 a2
  80 28 00 04 e5 7a 3b cf          // FINGERPRINT
`);

export const sampleIpv4Response = hex(`
  01 01 00 3c                      // Binding success response, 60 bytes
  21 12 a4 42  b7 e7 a7 01 bc 34 d6 86 fa 87 df ae
  80 22 00 0b                      // SOFTWARE, "test vector" and a padding byte of 0x20
  74 65 73 74 20 76 65 63 74 6f 72 20
  00 20 00 08 00 01 a1 47 e1 12 a6 43  // XOR-MAPPED-ADDRESS, 192.0.2.1:32853
  00 08 00 14                      // MESSAGE-INTEGRITY
  2b 91 f5 99 fd 9e 90 c3 8c 74 89 f9 2a f9 ba 53 f0 6b e7 d7
  80 28 00 04 c0 7d 4c 96          // FINGERPRINT
`);

export const sampleIpv6Response = hex(`
  01 01 00 48                      // Binding success response, 72 bytes
  21 12 a4 42  b7 e7 a7 01 bc 34 d6 86 fa 87 df ae
  80 22 00 0b
  74 65 73 74 20 76 65 63 74 6f 72 20
  00 20 00 14 00 02 a1 47          // XOR-MAPPED-ADDRESS, [2001:db8:1234:5678:11:2233:4455:6677]:32853
  01 13 a9 fa a5 d3 f1 79 bc 25 f4 b5 be d2 b9 d9
  00 08 00 14
  a3 82 95 4e 4b e6 7b f1 17 84 c9 7c 82 92 c2 75 bf e3 ed 41
  80 28 00 04 c8 fb 0b 4c
`);

/** The form of RFC 3489: no cookie, a transaction id of 16 bytes, CHANGE-REQUEST. */
export const classicRequest = hex(`
  00 01 00 08                      // Binding request
  12 23 34 45 56 67 78 89 9a ab bc cd de ef f0 01
  00 03 00 04 00 00 00 06          // CHANGE-REQUEST, address and port
`);
