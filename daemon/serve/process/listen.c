#include "serve/process/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "names/hostname.h"
#include "serve/process/notify.h"

static int refuse(struct diags *diags, struct str listen, const char *why)
{
	diag_add(diags, CO_SERVE_LISTEN, POS_NONE, ARGS(listen, str_c(why)));
	return -1;
}

static int open_socket(const struct addrinfo *a)
{
	int one = 1, zero = 0, fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), error;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (a->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
	if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, 4096) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* An address as text; *ret_loopback: is it one that only this machine reaches? */
static bool name_address(const struct sockaddr *address, socklen_t size, char *text, size_t n, bool *ret_loopback)
{
	char host[80] = "", port[16] = "";

	if (getnameinfo(address, size, host, sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return false;
	snprintf(text, n, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
	*ret_loopback = strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0;
	return true;
}

/* What it listens on, as text, and whether that is loopback. */
static void describe(int fd, char *text, size_t n, bool *ret_loopback)
{
	struct sockaddr_storage address = { 0 };
	socklen_t               size = sizeof(address);

	*ret_loopback = false;
	snprintf(text, n, "a socket");
	if (getsockname(fd, (struct sockaddr *)&address, &size) != 0)
		return;
	if (address.ss_family == AF_UNIX)
		*ret_loopback = true;
	else
		name_address((const struct sockaddr *)&address, size, text, n, ret_loopback);
}

/* All addresses that the text stands for; NULL: a finding was added. */
static struct addrinfo *look_up(struct arena *arena, struct str listen, struct diags *diags)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV }, *found = NULL;
	struct str      host, port;
	int             error;

	if (!listened_split(listen, &host, &port)) { /* its field takes nothing else */
		refuse(diags, listen, "it is not ADDRESS:PORT");
		return NULL;
	}
	error = getaddrinfo(host.n ? str_copy(arena, host).p : NULL, str_copy(arena, port).p, &hints, &found);
	if (error == 0)
		return found;
	refuse(diags, listen, gai_strerror(error));
	return NULL;
}

bool listen_look(struct arena *arena, struct str listen, bool *ret_loopback, struct diags *diags)
{
	struct addrinfo *found = look_up(arena, listen, diags);
	char             text[128];
	bool             one, all = true;

	if (!found)
		return false;
	for (const struct addrinfo *a = found; a; a = a->ai_next)
		all = name_address(a->ai_addr, a->ai_addrlen, text, sizeof(text), &one) && one && all;
	freeaddrinfo(found);
	*ret_loopback = all;
	return true;
}

int listen_open(struct arena *arena, struct str listen, char *text, size_t text_n, bool *ret_loopback,
                struct diags *diags)
{
	struct addrinfo *found;
	int              fd = notify_socket(), error = 0;

	if (fd < 0) {
		found = look_up(arena, listen, diags);
		if (!found)
			return -1;
		for (const struct addrinfo *a = found; a && fd < 0; a = a->ai_next) {
			fd = open_socket(a);
			error = errno;
		}
		freeaddrinfo(found);
		if (fd < 0)
			return refuse(diags, listen, strerror(error));
	}
	describe(fd, text, text_n, ret_loopback);
	return fd;
}
