#include "serve/sandbox/sandbox.h"

#include <stdio.h>
#include <sys/prctl.h>

const char *const sandbox_names[SANDBOX_KINDS] = { "landlock", "seccomp" };

void sandbox_state_off(struct sandbox_state *ret, const char *why)
{
	for (size_t i = 0; i < SANDBOX_KINDS; i++) {
		ret->kinds[i].active = false;
		(void)snprintf(ret->kinds[i].text, sizeof(ret->kinds[i].text), "%s", why);
	}
}

/* Landlock first: its own system calls are not among those that remain. */
void sandbox_enter(struct arena *arena, const struct sandbox_path *paths, size_t n, struct sandbox_state *ret)
{
#ifdef CALLOUT_NO_SANDBOX
	(void)arena;
	(void)paths;
	(void)n;
	sandbox_state_off(ret, "left out of this build, which watches itself");
#else
	const char *why = "no new privileges cannot be promised";
	unsigned    calls = 0;
	int         version = 0;

	sandbox_state_off(ret, why);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return;
	ret->kinds[SANDBOX_FILES].active = sandbox_files(arena, paths, n, &version, &why);
	if (ret->kinds[SANDBOX_FILES].active)
		(void)snprintf(ret->kinds[SANDBOX_FILES].text, sizeof(ret->kinds[SANDBOX_FILES].text),
		               "active, version %d", version);
	else
		(void)snprintf(ret->kinds[SANDBOX_FILES].text, sizeof(ret->kinds[SANDBOX_FILES].text), "%s", why);
	ret->kinds[SANDBOX_CALLS].active = sandbox_calls(&calls, &why);
	if (ret->kinds[SANDBOX_CALLS].active)
		(void)snprintf(ret->kinds[SANDBOX_CALLS].text, sizeof(ret->kinds[SANDBOX_CALLS].text),
		               "active, %u system calls", calls);
	else
		(void)snprintf(ret->kinds[SANDBOX_CALLS].text, sizeof(ret->kinds[SANDBOX_CALLS].text), "%s", why);
#endif
}
