head -c 65537 /dev/zero | tr '\0' x >long.lua
