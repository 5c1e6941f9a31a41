-- A Lua filter that calls the upstream `auth` of its manifest: `callout generate` fills in the placeholders. Every request is
-- answered with what came back, in the form of callout.c.
function envoy_on_request(handle)
  local cluster = "${upstreams.auth.cluster}"
  local headers, body = handle:httpCall(cluster, {
    [":method"] = "GET",
    [":path"] = "${upstreams.auth.path}",
    [":authority"] = "${upstreams.auth.authority}",
  }, "", ${upstreams.auth.timeoutMs})
  handle:respond({[":status"] = "200", ["x-cluster"] = cluster, ["x-status"] = headers[":status"]}, body or "")
end
