# One image for all roles: rtcscope sfu, gateway, load, analyze.
FROM node:20-bookworm-slim AS build
WORKDIR /build
COPY . .
RUN npm ci --ignore-scripts --no-audit --no-fund \
 && npm run build \
 && npm prune --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:20-bookworm-slim
# tcpdump for captures, tini to hand signals on and to bury what a capture leaves behind.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends tcpdump tini \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin rtcscope
WORKDIR /opt/rtcscope
COPY --from=build /build/package.json /build/LICENSE ./
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
ENV NODE_ENV=production
USER 10001:10001
ENTRYPOINT ["/usr/bin/tini", "--", "node", "/opt/rtcscope/dist/main.js"]
CMD ["--help"]
