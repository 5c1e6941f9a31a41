#include "base/directory.h"

#include <dirent.h>
#include <errno.h>

#include "base/arena.h"

/* A place for the descriptor, for the arena may end the run while names are copied. A tree can have more directories
 * than a process may have open: none stays so until the arena is freed. */
static void close_directory(void *place)
{
	DIR **directory = place;

	if (*directory)
		closedir(*directory);
	*directory = NULL;
}

static struct str *read_names(struct arena *arena, DIR *directory, size_t *ret_n)
{
	struct str *names = NULL;
	size_t      n = 0, cap = 0;

	for (struct dirent *e; errno = 0, (e = readdir(directory));) {
		if (e->d_name[0] == '.')
			continue;
		names = ARENA_LIST(arena, names, n, &cap, struct str);
		names[n++] = str_copy(arena, str_c(e->d_name));
	}
	*ret_n = n;
	return names;
}

bool directory_names(struct arena *arena, struct str path, struct str **ret, size_t *ret_n)
{
	DIR       **directory = ARENA_NEW(arena, DIR *);
	struct str *names;
	size_t      n;
	int         error;

	arena_defer(arena, close_directory, directory);
	*directory = opendir(str_copy(arena, path).p);
	if (!*directory)
		return false;
	names = read_names(arena, *directory, &n);
	error = errno; /* of the readdir that gave no name */
	close_directory(directory);
	errno = error;
	if (error)
		return false;
	str_sort(names, n);
	*ret = names;
	*ret_n = n;
	return true;
}
