/** What the SFU reads with npm's sdp-transform 3 in addition to the analysers; the package brings no types. */
declare module 'sdp-transform' {
  interface Media {
    readonly icePwd?: Text;
    readonly rtcpRsize?: Text;
    readonly bundleOnly?: Text;
    readonly sctpPort?: Text;
    readonly maxMessageSize?: Text;
    readonly rtcpFb?: readonly { readonly payload?: Text; readonly type?: Text; readonly subtype?: Text }[];
    readonly simulcast?: { readonly dir1?: Text; readonly list1?: Text; readonly dir2?: Text; readonly list2?: Text };
    readonly msid?: unknown;
  }

  interface Session {
    readonly icePwd?: Text;
    readonly extmapAllowMixed?: Text;
  }
}
