#include "serve/process/notify.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

void notify_manager(const char *state)
{
	const char        *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct timespec    now;
	char               text[256];
	socklen_t          n;
	int                fd;

	if (!path || (path[0] != '/' && path[0] != '@') || strlen(path) >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, path, strlen(path));
	n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	if (path[0] == '@')
		to.sun_path[0] = 0; /* the abstract namespace */
	clock_gettime(CLOCK_MONOTONIC, &now);
	/* RELOADING=1 is to carry the time, so that a READY=1 of before is not taken for its end. */
	snprintf(text, sizeof(text), "%s\nMONOTONIC_USEC=%lld\n", state,
	         (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)!sendto(fd, text, strlen(text), MSG_NOSIGNAL, (const struct sockaddr *)&to, n);
	close(fd);
}

static long number_of(const char *variable)
{
	const char *text = getenv(variable);

	return text ? strtol(text, NULL, 10) : 0;
}

uint64_t notify_watchdog(void)
{
	long us = number_of("WATCHDOG_USEC"), pid = number_of("WATCHDOG_PID");

	return us > 0 && (!pid || pid == (long)getpid()) ? (uint64_t)us : 0;
}

int notify_socket(void)
{
	enum { FIRST = 3 };
	int flags;

	if (number_of("LISTEN_PID") != (long)getpid() || number_of("LISTEN_FDS") < 1)
		return -1;
	flags = fcntl(FIRST, F_GETFL);
	if (flags < 0)
		return -1;
	fcntl(FIRST, F_SETFL, flags | O_NONBLOCK);
	fcntl(FIRST, F_SETFD, FD_CLOEXEC);
	return FIRST;
}
