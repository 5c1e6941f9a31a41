#include "serve/data.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/limits.h"
#include "serve/directory/directory.h"
#include "serve/documents/quarrels.h"
#include "serve/process/log.h"
#include "serve/upkeep/checker.h"
#include "store/store.h"

/* The store tells of each change; its watchers are woken. */
static void store_changed(void *ctx, uint64_t revision)
{
	struct service     *service = ctx;
	struct http_server *server = atomic_load(&service->http);

	(void)revision;
	if (server)
		http_wake(server);
}

/* Absent: none is configured. */
static struct str configured(const struct service *service)
{
	struct str given = service->settings->config.data;

	if (!str_present(given))
		given = str_c(getenv("STATE_DIRECTORY"));
	return given.n ? given : STR_ABSENT;
}

bool data_backup(struct service *service, struct str file, struct diags *diags)
{
	struct str directory = configured(service);

	if (str_present(directory))
		return store_backup(directory, file, diags);
	diag_add(diags, CO_SERVE_SETTING, POS_NONE,
	         ARGS(STR("data"), STR("is needed with --backup: the directory of the store")));
	return false;
}

bool data_look(struct service *service, struct diags *diags)
{
	struct str  given = configured(service), above;
	struct stat st;
	int         error = 0;

	if (!str_present(given))
		return true;
	if (stat(given.p, &st) == 0) {
		if (!S_ISDIR(st.st_mode))
			error = ENOTDIR;
		else if (access(given.p, R_OK | W_OK | X_OK) != 0)
			error = errno;
	} else if (errno != ENOENT) {
		error = errno;
	} else if (lstat(given.p, &st) == 0) { /* a link to nowhere */
		error = ENOENT;
	} else { /* starting would make it, but not what it lies in */
		while (given.n > 1 && given.p[given.n - 1] == '/')
			given.n--;
		above = path_directory(given);
		if (access(above.n ? str_copy(service->arena, above).p : ".", W_OK | X_OK) != 0)
			error = errno;
	}
	if (error)
		diag_add(diags, CO_STORE_UNUSABLE, POS_NONE,
		         ARGS(given, str_copy(service->arena, str_c(strerror(error)))));
	return error == 0;
}

/* Without a directory a temporary one, so that there is nothing to set up before the first try. */
bool data_open(struct service *service, struct diags *diags)
{
	struct str           given = configured(service);
	struct store_options options = { .extractor = service->settings->extractor,
		                         .changed = store_changed,
		                         .changed_ctx = service };
	const char          *temp = getenv("TMPDIR");
	char                 path[4096], *made;

	if (!str_present(given)) {
		(void)snprintf(path, sizeof(path), "%s/callout-XXXXXX", temp && *temp ? temp : "/tmp");
		made = mkdtemp(path);
		given = str_copy(service->arena, str_c(path));
		if (!made) {
			diag_add(diags, CO_CANNOT_WRITE, POS_NONE, ARGS(given, str_c(strerror(errno))));
			return false;
		}
		service->temporary = given;
		log_event(LOG_WARNING, "no data directory is given: what is stored goes with this process",
		          LOG_VALUES({ "directory", given }));
	}
	options.directory = service->data = given;
	service->store = store_open(&options, diags);
	return service->store != NULL;
}

bool data_follow(struct service *service, struct diags *diags)
{
	struct str manifests = service->settings->config.manifests;

	service->checker = checker_start(service);
	if (!str_present(manifests))
		return true;
	if (!directory_look(service->arena, manifests, diags))
		return false;
	service->directory = directory_start(service, manifests, diags);
	return service->directory != NULL;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	/* remove() tries to unlink a directory first, which the sandbox answers otherwise than the file system would. */
	return type == FTW_DP ? rmdir(path) : unlink(path);
}

void data_close(struct service *service)
{
	directory_stop(service->directory);
	checker_stop(service->checker);
	quarrels_give(service->quarrels);
	store_close(service->store);
	if (str_present(service->temporary))
		nftw(service->temporary.p, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- what is past its time ---- */

struct sweeping {
	struct service *service;
	struct arena   *arena;
};

#define DAY_MS (24LL * 3600 * 1000)

/* Pods come and go, and a store holds LIMIT_STORE_PROXIES of one manifest: of those that are gone nobody asks. */
static int64_t keep_status_ms(const struct config *c)
{
	int64_t twice = 2 * c->stale_after.ms;

	return twice > 30 * DAY_MS ? twice : 30 * DAY_MS;
}

static void sweep(void *ctx)
{
	struct sweeping       *s = ctx;
	const struct config   *c = &s->service->settings->config;
	struct store_retention keep = { .deleted = c->keep_deleted_hours * 3600 * 1000,
		                        .revisions = (uint64_t)c->keep_revisions,
		                        .replies = DAY_MS,
		                        .status = keep_status_ms(c) };
	struct diags           diags;
	bool                   more = true;

	diags_init(&diags, s->arena);
	while (more && store_sweep(s->service->store, &keep, (int64_t)time(NULL) * 1000, &more, &diags))
		;
	log_findings(&diags, s->arena);
}

void data_sweep(struct service *service)
{
	struct sweeping s = { service, arena_new(64 * MIB) };

	if (s.arena)
		arena_run(s.arena, sweep, &s);
	arena_free(s.arena);
}
