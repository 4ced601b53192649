/* A peer on libsrtp: `libsrtp-peer cm|gcm LOCAL REMOTE` (keys and salts in hexadecimal) reads lines `p HEX` (protect RTP), `u HEX` (unprotect),
 * `P HEX` and `U HEX` (the same for RTCP), and answers each with the packet in hexadecimal, or with `error N`. */
#include <srtp2/srtp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int from_hex(const char *text, unsigned char *out, int limit) {
  int length = 0;
  unsigned int byte;
  while (length < limit && sscanf(text + 2 * length, "%2x", &byte) == 1) out[length++] = byte;
  return length;
}

static srtp_t session(const char *profile, unsigned char *key, srtp_ssrc_type_t direction) {
  srtp_policy_t policy;
  srtp_t made;
  memset(&policy, 0, sizeof policy);
  if (strcmp(profile, "gcm") == 0) {
    srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
    srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
  } else {
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
  }
  policy.ssrc.type = direction;
  policy.key = key;
  policy.window_size = 1024;
  policy.allow_repeat_tx = 1;
  if (srtp_create(&made, &policy) != srtp_err_status_ok) exit(2);
  return made;
}

int main(int count, char **arguments) {
  static char line[8192];
  static unsigned char packet[4096], local[64], remote[64];
  if (count != 4 || srtp_init() != srtp_err_status_ok) return 2;
  from_hex(arguments[2], local, sizeof local);
  from_hex(arguments[3], remote, sizeof remote);
  srtp_t out = session(arguments[1], local, ssrc_any_outbound);
  srtp_t in = session(arguments[1], remote, ssrc_any_inbound);
  while (fgets(line, sizeof line, stdin)) {
    int length = from_hex(line + 2, packet, 2048);
    srtp_err_status_t status;
    switch (line[0]) {
      case 'p': status = srtp_protect(out, packet, &length); break;
      case 'u': status = srtp_unprotect(in, packet, &length); break;
      case 'P': status = srtp_protect_rtcp(out, packet, &length); break;
      default: status = srtp_unprotect_rtcp(in, packet, &length);
    }
    if (status != srtp_err_status_ok) printf("error %d", status);
    else for (int i = 0; i < length; i++) printf("%02x", packet[i]);
    printf("\n");
  }
  return 0;
}
