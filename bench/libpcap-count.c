/* The fastest reader there can be with libpcap: counts packets and does nothing else. */
#include <pcap/pcap.h>
#include <stdio.h>

static void count(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes) {
  (void)header;
  (void)bytes;
  ++*(unsigned long *)user;
}

int main(int argc, char **argv) {
  char message[PCAP_ERRBUF_SIZE];
  unsigned long packets = 0;
  pcap_t *capture;

  if (argc != 2) {
    fprintf(stderr, "usage: libpcap-count FILE\n");
    return 2;
  }
  capture = pcap_open_offline(argv[1], message);
  if (capture == NULL) {
    fprintf(stderr, "%s\n", message);
    return 2;
  }
  if (pcap_loop(capture, -1, count, (u_char *)&packets) == PCAP_ERROR) {
    fprintf(stderr, "%s\n", pcap_geterr(capture));
    return 1;
  }
  pcap_close(capture);
  printf("%lu\n", packets);
  return 0;
}
