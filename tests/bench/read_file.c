/* read_file FILE KIB: reads a file in pieces of that size and does nothing with it: what any search of it must take. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	size_t  n = argc == 3 ? (size_t)atoi(argv[2]) * 1024 : 0;
	char   *piece = malloc(n);
	int     fd = argc == 3 ? open(argv[1], O_RDONLY) : -1;
	off_t   at = 0;
	ssize_t got = 1;

	if (fd < 0 || !piece || n == 0)
		return 1;
	while ((got = pread(fd, piece, n, at)) > 0)
		at += got;
	return got < 0;
}
