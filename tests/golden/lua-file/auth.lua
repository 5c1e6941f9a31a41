function envoy_on_request(handle)
  handle:httpCall("${upstreams.auth.cluster}", {[":method"] = "GET", [":path"] = "/",
    [":authority"] = "${upstreams.auth.authority}"}, "", ${upstreams.auth.timeoutMs})
end
