function envoy_on_request(handle)
  handle:httpCall("${upstreams.auth.cluster}", {}, "", 100)
end
