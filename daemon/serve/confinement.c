#include "serve/confinement.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/diag.h"
#include "serve/process/log.h"

static void log_state(const struct sandbox_state *state)
{
	bool whole = state->kinds[SANDBOX_FILES].active && state->kinds[SANDBOX_CALLS].active;

	log_event(whole ? LOG_INFO : LOG_WARNING, "sandbox",
	          LOG_VALUES({ sandbox_names[SANDBOX_FILES], str_c(state->kinds[SANDBOX_FILES].text) },
	                     { sandbox_names[SANDBOX_CALLS], str_c(state->kinds[SANDBOX_CALLS].text) }));
}

/* A reload reads these again, wherever their links lead to by then. The other files were opened before. */
static void enter(struct service *service)
{
	const struct config      *c = &service->settings->config;
	const struct sandbox_path paths[] = {
		{ SANDBOX_READ, service->config_file },
		{ SANDBOX_READ, c->mesh_file },
		{ SANDBOX_READ, c->tls_cert },
		{ SANDBOX_READ, c->tls_key },
		{ SANDBOX_READ, c->client_ca },
		{ SANDBOX_READ, c->tokens },
		{ SANDBOX_TREE, c->templates },
		{ SANDBOX_TREE, c->manifests },
		{ str_present(service->temporary) ? SANDBOX_OWN : SANDBOX_WRITE, service->data },
	};

	sandbox_enter(service->arena, paths, sizeof(paths) / sizeof(paths[0]), &service->sandbox);
}

bool confinement_enter(struct service *service, struct diags *diags)
{
	unsigned use = service->settings->config.sandbox;

	if (use == SANDBOX_OFF)
		sandbox_state_off(&service->sandbox, "switched off");
	else
		enter(service);
	log_state(&service->sandbox);
	for (size_t i = 0; use == SANDBOX_REQUIRED && i < SANDBOX_KINDS; i++)
		if (!service->sandbox.kinds[i].active) {
			diag_add(diags, CO_SERVE_SETTING, POS_NONE,
			         ARGS(STR("sandbox"), STR_CONCAT(service->arena, STR("is required, but "),
			                                         str_c(service->sandbox.kinds[i].text))));
			return false;
		}
	return true;
}
