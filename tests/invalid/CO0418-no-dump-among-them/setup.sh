mkdir shop
printf 'LIVE\n' > shop/ready
printf '{"certificates": []}' > shop/certs
