#include "json/json_input.h"

#include <sys/stat.h>
#include <unistd.h>

void json_input_fd(struct json_input *in, int fd)
{
	off_t       here = lseek(fd, 0, SEEK_CUR);
	struct stat st;

	*in = (struct json_input){ .fd = fd, .size = -1 };
	/* Files of /proc say that they are empty. */
	if (here < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= here)
		return;
	in->start = (uint64_t)here;
	in->size = st.st_size - here;
}

void json_input_bytes(struct json_input *in, struct str bytes)
{
	*in = (struct json_input){ .fd = -1, .size = -1, .bytes = bytes };
}

void json_input_callback(struct json_input *in, json_read_fn *read, void *ctx)
{
	*in = (struct json_input){ .read = read, .ctx = ctx, .fd = -1, .size = -1 };
}
