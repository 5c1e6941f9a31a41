ln -s /etc/hostname a.lua
