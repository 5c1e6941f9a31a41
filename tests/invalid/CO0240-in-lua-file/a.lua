call('${upstreams.nope.cluster}')
