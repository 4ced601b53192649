/** The part of npm's sdp-transform 3 that is used here; the package brings no types. Numbers are numbers where the text was one. */
declare module 'sdp-transform' {
  type Text = string | number;

  interface Attributes {
    readonly connection?: { readonly ip?: Text };
    readonly rtcp?: { readonly port?: Text; readonly address?: Text };
    readonly direction?: Text;
    readonly iceUfrag?: Text;
    readonly fingerprint?: { readonly type?: Text; readonly hash?: Text };
    readonly setup?: Text;
    readonly crypto?: readonly { readonly suite?: Text }[];
    readonly ext?: readonly { readonly value?: Text; readonly uri?: Text }[];
    readonly rtp?: readonly {
      readonly payload?: Text;
      readonly codec?: Text;
      readonly rate?: Text;
      readonly encoding?: Text;
    }[];
    readonly fmtp?: readonly { readonly payload?: Text; readonly config?: Text }[];
  }

  export interface Media extends Attributes {
    readonly type?: Text;
    readonly port?: Text;
    readonly protocol?: Text;
    readonly payloads?: Text;
    readonly mid?: Text;
    readonly ptime?: Text;
    readonly rtcpMux?: Text;
    readonly candidates?: readonly { readonly ip?: Text; readonly port?: Text; readonly component?: Text }[];
    readonly ssrcs?: readonly { readonly id?: Text }[];
    readonly ssrcGroups?: readonly { readonly semantics?: Text; readonly ssrcs?: Text }[];
    readonly rids?: readonly { readonly id?: Text; readonly direction?: Text }[];
  }

  export interface Session extends Attributes {
    readonly origin?: { readonly address?: Text; readonly sessionId?: Text };
    readonly groups?: readonly { readonly type?: Text; readonly mids?: Text }[];
    readonly media: readonly Media[];
  }

  const sdpTransform: { parse(text: string): Session };
  export default sdpTransform;
}
