python3 -c 'import zlib,sys
z = zlib.compressobj(9, zlib.DEFLATED, 31)
block = b"server.live: 1\n" * (1 << 20)
for _ in range(18): sys.stdout.buffer.write(z.compress(block))
sys.stdout.buffer.write(z.flush())' > stats.gz
