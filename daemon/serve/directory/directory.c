#include "serve/directory/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "base/arena.h"
#include "base/limits.h"
#include "serve/directory/directory_read.h"
#include "serve/directory/directory_watch.h"
#include "serve/process/log.h"
#include "serve/service/service.h"
#include "store/store.h"

enum { PRINT_BYTES = 65 };

/* Which directory it is. The number alone is given again: to the next one that is made, and to the root of a file system that is
 * mounted anew. */
struct identity {
	bool                   known;
	unsigned               major, minor;
	uint64_t               number, mount;
	struct statx_timestamp born; /* zeros where the file system does not tell */
};

struct directory {
	struct service        *service;
	struct directory_watch watch;
	pthread_t              thread;
	atomic_bool            stopping;
	atomic_bool            again;
	char                   print[PRINT_BYTES]; /* of what was read last; only the thread looks at these two */
	struct identity        good;               /* of the directory that gave what is in force */
	pthread_mutex_t        lock;               /* of state */
	struct directory_state state;
	char                   path[4096];
};

/* ---- one reading ---- */

struct reading {
	struct directory *directory;
	struct arena     *arena, *scratch;
	struct settings  *settings;
};

static void note_good(struct directory *d, const struct store_synced *synced)
{
	(void)pthread_mutex_lock(&d->lock);
	d->state.in_force = true;
	d->state.failing = false;
	d->state.applied++;
	d->state.applied_at = time(NULL);
	d->state.manifests = synced->created + synced->replaced + synced->unchanged;
	d->state.why[0] = '\0';
	(void)pthread_mutex_unlock(&d->lock);
}

static void note_bad(struct directory *d, const char *why)
{
	(void)pthread_mutex_lock(&d->lock);
	d->state.failing = true;
	d->state.failed++;
	(void)snprintf(d->state.why, sizeof(d->state.why), "%s", why);
	(void)pthread_mutex_unlock(&d->lock);
}

static void tell_good(struct reading *r, const struct store_synced *synced, const struct diags *diags)
{
	struct arena *a = r->arena;

	note_good(r->directory, synced);
	log_findings(diags, a); /* warnings */
	if (synced->created + synced->replaced + synced->deleted == 0)
		return;
	log_event(LOG_INFO, "manifests of the directory are in force",
	          LOG_VALUES({ "directory", str_c(r->directory->path) },
	                     { "created", str_from_uint(a, synced->created) },
	                     { "replaced", str_from_uint(a, synced->replaced) },
	                     { "deleted", str_from_uint(a, synced->deleted) },
	                     { "unchanged", str_from_uint(a, synced->unchanged) }));
}

static void tell_bad(struct reading *r, const struct diags *diags)
{
	const struct diag **sorted = diags_sorted(diags, r->arena);
	char                why[256] = "", code[8];

	for (size_t i = 0; i < diags->n && !why[0]; i++) {
		const struct diag *f = sorted[i];

		if (f->level != DIAG_ERROR)
			continue;
		if (f->pos.source)
			(void)snprintf(why, sizeof(why), "%.*s:%u: %s: %.*s", STR_ARG(f->pos.source->name),
			               source_place(f->pos.source, f->pos.offset).line, diag_code_text(f->code, code),
			               STR_ARG(f->message));
		else
			(void)snprintf(why, sizeof(why), "%s: %.*s", diag_code_text(f->code, code),
			               STR_ARG(f->message));
	}
	note_bad(r->directory, why);
	log_findings(diags, r->arena);
	log_event(LOG_ERROR, "manifests of the directory are refused; what was in force stays",
	          LOG_VALUES({ "directory", str_c(r->directory->path) }));
}

/* What is wrong with the directory itself is told once. */
static void note_unreadable(struct reading *r, const struct diags *diags)
{
	if (!str_is(str_c(r->directory->print), "-"))
		tell_bad(r, diags);
	(void)snprintf(r->directory->print, PRINT_BYTES, "-");
	r->directory->good.known = false;
}

static struct identity identity_of(const char *path)
{
	struct statx s;

	if (statx(AT_FDCWD, path, 0, STATX_INO | STATX_BTIME | STATX_MNT_ID, &s) != 0)
		return (struct identity){ .known = false };
	return (struct identity){ true,
		                  s.stx_dev_major,
		                  s.stx_dev_minor,
		                  s.stx_ino,
		                  s.stx_mask & STATX_MNT_ID ? s.stx_mnt_id : 0,
		                  s.stx_mask & STATX_BTIME ? s.stx_btime : (struct statx_timestamp){ 0 } };
}

static bool is_same(const struct identity *a, const struct identity *b)
{
	return a->known && b->known && a->major == b->major && a->minor == b->minor && a->number == b->number &&
	       a->mount == b->mount && a->born.tv_sec == b->born.tv_sec && a->born.tv_nsec == b->born.tv_nsec;
}

/* Another directory, in which nothing lies: a volume that is not mounted and a checkout that has not been made look like that, and
 * must not delete everything. Files taken out of the very one that was read are meant to be. */
static bool is_unmounted(struct reading *r, const struct identity *now, const struct directory_files *files,
                         struct diags *diags)
{
	struct store_facts facts;

	if (files->n || is_same(now, &r->directory->good))
		return false;
	r->directory->good.known = false;
	if (!store_facts(r->directory->service->store, &facts, diags))
		return true;
	if (facts.manifests == 0)
		return false;
	diag_add(diags, CO_SERVE_EMPTY, POS_NONE,
	         ARGS(str_c(r->directory->path), str_from_uint(r->arena, facts.manifests)));
	return true;
}

static void read_body(void *ctx)
{
	struct reading        *r = ctx;
	struct directory      *d = r->directory;
	struct directory_files files;
	struct store_synced    synced = { 0 };
	struct diags           diags;
	bool                   again = atomic_exchange(&d->again, false);
	struct identity now = identity_of(d->path); /* of no other than what is listed: one in its place is another */

	arena_share_run(r->scratch, r->arena);
	diags_init(&diags, r->arena);
	if (!directory_files_find(r->arena, str_c(d->path), &files, &diags)) {
		note_unreadable(r, &diags);
		return;
	}
	if (!again && str_is(files.print, d->print))
		return;
	switch (is_unmounted(r, &now, &files, &diags)
	                ? DIRECTORY_REFUSED
	                : directory_bring(d->service, r->arena, r->scratch, r->settings, &files, &synced, &diags)) {
	case DIRECTORY_DONE:
		d->good = now;
		tell_good(r, &synced, &diags);
		break;
	case DIRECTORY_REFUSED:
		tell_bad(r, &diags);
		break;
	case DIRECTORY_CHANGED: /* the change woke the watch already */
		atomic_store(&d->again, again);
		return;
	}
	(void)snprintf(d->print, PRINT_BYTES, "%.*s", STR_ARG(files.print));
}

static void read_once(struct directory *d)
{
	struct reading r = { .directory = d,
		             .arena = arena_new(LIMIT_MEMORY_BYTES),
		             .scratch = arena_new(LIMIT_MEMORY_BYTES),
		             .settings = settings_take(d->service) };

	if (!r.arena || !r.scratch || !arena_run(r.arena, read_body, &r)) {
		note_bad(d, "CO0105: out of memory");
		log_event(LOG_ERROR, "no memory to read the directory of manifests", NULL);
	}
	settings_give(r.settings);
	arena_free(r.scratch);
	arena_free(r.arena);
}

/* ---- following ---- */

static void *follow(void *ctx)
{
	struct directory *d = ctx;

	while (!atomic_load(&d->stopping)) {
		directory_watch_wait(&d->watch);
		if (atomic_load(&d->stopping))
			break;
		directory_watch_set(&d->watch, d->path);
		read_once(d);
	}
	return NULL;
}

bool directory_look(struct arena *arena, struct str path, struct diags *diags)
{
	struct stat st;

	if (stat(str_copy(arena, path).p, &st) == 0 ? S_ISDIR(st.st_mode) : errno != ENOTDIR)
		return true;
	diag_add(diags, CO_CANNOT_READ, POS_NONE, ARGS(path, str_copy(arena, str_c(strerror(ENOTDIR)))));
	return false;
}

static bool prepare(struct directory *d, struct str path, struct diags *diags)
{
	struct store_facts facts;

	if (path.n >= sizeof(d->path) || memchr(path.p, 0, path.n)) {
		diag_add(diags, CO_CANNOT_READ, POS_NONE, ARGS(path, STR("the path is too long")));
		return false;
	}
	(void)snprintf(d->path, sizeof(d->path), "%.*s", STR_ARG(path));
	if (!store_facts(d->service->store, &facts, diags))
		return false;
	d->state.in_force = facts.manifests > 0; /* the last good state of an earlier process */
	if (!directory_watch_open(&d->watch)) {
		diag_add(diags, CO_OUT_OF_MEMORY, POS_NONE, NO_ARGS);
		return false;
	}
	return true;
}

struct directory *directory_start(struct service *service, struct str path, struct diags *diags)
{
	struct directory *d = calloc(1, sizeof(*d));

	if (!d) {
		diag_add(diags, CO_OUT_OF_MEMORY, POS_NONE, NO_ARGS);
		return NULL;
	}
	d->service = service;
	if (!prepare(d, path, diags)) {
		free(d);
		return NULL;
	}
	(void)pthread_mutex_init(&d->lock, NULL);
	directory_watch_set(&d->watch, d->path);
	read_once(d);
	if (pthread_create(&d->thread, NULL, follow, d) == 0)
		return d;
	diag_add(diags, CO_OUT_OF_MEMORY, POS_NONE, NO_ARGS);
	directory_watch_close(&d->watch);
	free(d);
	return NULL;
}

void directory_stop(struct directory *d)
{
	if (!d)
		return;
	atomic_store(&d->stopping, true);
	directory_watch_wake(&d->watch);
	(void)pthread_join(d->thread, NULL);
	directory_watch_close(&d->watch);
	(void)pthread_mutex_destroy(&d->lock);
	free(d);
}

void directory_again(struct directory *d)
{
	if (!d)
		return;
	atomic_store(&d->again, true);
	directory_watch_wake(&d->watch);
}

void directory_state(struct directory *d, struct directory_state *ret)
{
	(void)pthread_mutex_lock(&d->lock);
	*ret = d->state;
	(void)pthread_mutex_unlock(&d->lock);
}
