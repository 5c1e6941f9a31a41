/* A large body without the library between: it reads at most what its pool holds, 28 KiB at a time, with a look at epoll in
 * front of each, and hands it over by copying. Here the connection is suspended, which keeps the library away from it, and
 * the reader's thread reads from the socket into its own block. There is no way to tell the library afterwards that the body
 * is complete, so the answer is written here as well, and ends the connection. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/limits.h"
#include "serve/http/http_serving.h"

/* Below, what it costs to connect anew is more than what is won. */
#define DIRECT_BYTES (1 * MIB)

/* A reader that is faster than the client is woken for so much at once, if it comes within so many milliseconds. */
enum { WORTH_WAKING = 32 * 1024, GATHER_MS = 100, LOOK_MS = 200 };

bool direct_can(const struct request *r, uint64_t left)
{
	const struct http_server *server = r->x.server;

	return !server->options.tls && r->framing.length != HTTP_LENGTH_UNKNOWN && left >= DIRECT_BYTES &&
	       r->framing.length <= r->body_max && !atomic_load(&server->stopping);
}

/* Best effort: without it the reader is woken more often. */
static void wake_from(struct request *r, size_t n)
{
	int bytes = n > WORTH_WAKING ? WORTH_WAKING : (int)n;

	if (bytes == r->direct.wake_from)
		return;
	if (setsockopt(r->connection->fd, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof(bytes)) == 0)
		r->direct.wake_from = bytes;
}

/* The client's turn. False: the server is about to stop. What came to its deadline is shut down by the watchdog, which wakes
 * this as well. */
static bool wait_for(struct request *r, short events, int64_t deadline)
{
	struct pollfd p = { .fd = r->connection->fd, .events = events };
	bool          ready = false;

	request_deadline(r, deadline);
	for (int ms = GATHER_MS; !ready && !atomic_load(&r->x.server->stopping); ms = LOOK_MS) {
		ready = poll(&p, 1, ms) > 0;
		if (!ready && events == POLLIN)
			wake_from(r, 1);
	}
	request_deadline(r, HTTP_NEVER);
	return ready;
}

/* What the reader takes to look at what it has is none of the client's time. */
static bool wait_for_body(struct request *r, size_t n)
{
	int64_t now = http_clock(), idle = now + r->x.server->options.limits.idle_ms * 1000, deadline;
	bool    ready;

	r->body_began += now - r->reader_since;
	deadline = request_body_deadline(r, r->framing.length - r->direct.left);
	wake_from(r, n);
	ready = wait_for(r, POLLIN, idle < deadline ? idle : deadline);
	r->reader_since = http_clock();
	return ready;
}

static ssize_t receive(struct request *r, void *p, size_t n, int flags)
{
	ssize_t got;

	if (n > r->direct.left)
		n = (size_t)r->direct.left;
	if (n == 0)
		return 0;
	do
		got = recv(r->connection->fd, p, n, flags);
	while (got < 0 && (errno == EINTR || ((errno == EAGAIN || errno == EWOULDBLOCK) && wait_for_body(r, n))));
	if (got <= 0) {
		errno = ECONNABORTED;
		return -1;
	}
	r->direct.left -= (uint64_t)got;
	return got;
}

ssize_t direct_read(struct request *r, void *p, size_t n)
{
	return receive(r, p, n, 0);
}

/* ---- the answer ---- */

struct text {
	char  *p; /* NULL: only its length is wanted */
	size_t n;
};

static void add(struct text *t, struct str s)
{
	if (t->p && s.n)
		memcpy(t->p + t->n, s.p, s.n);
	t->n += s.n;
}

static void add_header(struct text *t, const char *name, struct str value)
{
	add(t, str_c(name));
	add(t, STR(": "));
	add(t, value);
	add(t, STR("\r\n"));
}

/* RFC 9110 5.6.7; the daemon runs in the C locale. */
static size_t date_text(char *text, size_t n)
{
	time_t    now = time(NULL);
	struct tm tm;

	return gmtime_r(&now, &tm) ? strftime(text, n, "%a, %d %b %Y %H:%M:%S GMT", &tm) : 0;
}

struct head {
	char status[96], length[24], date[64];
};

static void prepare(struct head *h, const struct request *r, struct str content)
{
	(void)snprintf(h->status, sizeof(h->status), "HTTP/1.1 %u %s\r\n", r->x.status,
	               MHD_get_reason_phrase_for(r->x.status));
	(void)snprintf(h->length, sizeof(h->length), "%zu", content.n);
	h->date[date_text(h->date, sizeof(h->date))] = '\0';
}

static void write_head(struct text *t, const struct head *h, const struct request *r)
{
	add(t, str_c(h->status));
	if (*h->date)
		add_header(t, "Date", str_c(h->date));
	add_header(t, "Connection", STR("close"));
	add_header(t, "Content-Length", str_c(h->length));
	if (r->x.fixed)
		add_header(t, "Content-Type", str_c(r->x.fixed->media_type));
	for (size_t i = 0; r->x.fixed && i < HTTP_FIXED_TEXTS; i++)
		add_header(t, http_fixed_texts[i].name, str_c(http_fixed_texts[i].value));
	for (const struct http_header *own = r->x.headers; own; own = own->next)
		add_header(t, own->name, own->value);
	add(t, STR("\r\n"));
}

/* All has the same time, as queue_answer gives it. */
static bool send_all(struct request *r, struct str s, int flags, int64_t deadline)
{
	while (s.n) {
		ssize_t sent = send(r->connection->fd, s.p, s.n, flags | MSG_NOSIGNAL);

		if (sent >= 0)
			s = str_slice(s, (size_t)sent, s.n);
		else if (errno != EINTR &&
		         ((errno != EAGAIN && errno != EWOULDBLOCK) || !wait_for(r, POLLOUT, deadline)))
			return false;
	}
	return true;
}

static bool send_answer(struct request *r)
{
	struct str  content = r->x.fixed ? r->x.fixed->content : r->x.content;
	int64_t     deadline = request_answer_deadline(r, content.n);
	struct text t = { 0 };
	struct head head;
	bool        sent;

	if (r->x.fixed)
		r->x.status = r->x.fixed->status;
	prepare(&head, r, content);
	write_head(&t, &head, r);
	t = (struct text){ .p = malloc(t.n) };
	if (!t.p)
		return false;
	write_head(&t, &head, r);
	sent = send_all(r, str_of(t.p, t.n), content.n ? MSG_MORE : 0, deadline) && send_all(r, content, 0, deadline);
	free(t.p);
	return sent;
}

void direct_answer(struct request *r)
{
	char unwanted[WORTH_WAKING];

	/* What nobody wants is thrown away first: a close with bytes unread is a reset, which overtakes the answer. TCP does
	 * not even copy it. */
	while (r->direct.left)
		if (receive(r, unwanted, sizeof(unwanted), MSG_TRUNC) < 0)
			return;
	r->direct.sent = send_answer(r);
}
