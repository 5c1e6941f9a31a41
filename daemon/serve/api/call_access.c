/* Who asks, and whether he may. */
#include "base/arena.h"
#include "serve/api/admitting.h"

static bool refuse_guesser(struct call *call)
{
	problem(call, 429, STR("too many wrong credentials from this address"));
	http_add_header(call->x, "Retry-After", STR("60"));
	return false;
}

/* RFC 6750 3: an error is told only to who tried. Who shows nothing guesses nothing either. */
static bool refuse_stranger(struct call *call, bool tried)
{
	if (guesses_too_many(call->service->guesses, call->x->peer, http_clock()))
		return refuse_guesser(call);
	if (tried)
		guesses_count(call->service->guesses, call->x->peer, http_clock());
	atomic_fetch_add(&call->service->metrics.unauthorised, 1);
	problem(call, 401, STR("a bearer token is needed"));
	http_add_header(call->x, "WWW-Authenticate",
	                tried ? STR("Bearer realm=\"callout\", error=\"invalid_token\"")
	                      : STR("Bearer realm=\"callout\""));
	return false;
}

/* The scheme's name is case-insensitive (RFC 9110 11.1). Absent: another scheme, which shows nothing (RFC 6750 3.1). */
static struct str bearer_of(struct str authorization)
{
	struct str scheme, token = str_cut(authorization, ' ', &scheme);

	if (!str_eq_nocase(scheme, STR("Bearer")))
		return STR_ABSENT;
	if (!str_present(token))
		return STR("");
	while (token.n && token.p[0] == ' ')
		token = str_slice(token, 1, token.n);
	return token;
}

struct shown {
	const struct principal *principal; /* NULL: nobody's */
	enum { SHOWN_NOTHING, SHOWN_TOKEN, SHOWN_CERTIFICATE } by;
};

/* The token, or else the certificate, that the request came with. */
static struct shown credentials_shown(struct call *call)
{
	const struct principals *known = call->settings->principals;
	struct str               token = bearer_of(http_request_header(call->x, "Authorization"));
	const struct str        *names;
	size_t                   n;
	bool                     given;

	if (str_present(token))
		return (struct shown){ principal_of_token(call->arena, known, token), SHOWN_TOKEN };
	names = http_client_names(call->x, &n, &given);
	if (!given)
		return (struct shown){ NULL, SHOWN_NOTHING };
	return (struct shown){ principal_of_names(known, names, n), SHOWN_CERTIFICATE };
}

bool call_access_identify(struct call *call)
{
	struct shown shown;

	if (!call->settings->principals)
		return true;
	/* Right ones count whatever else came from there: behind a proxy everyone has one address, and a token is not to
	 * be guessed in any time. */
	shown = credentials_shown(call);
	call->principal = shown.principal;
	if (shown.principal)
		return true;
	if (shown.by != SHOWN_CERTIFICATE)
		return refuse_stranger(call, shown.by == SHOWN_TOKEN);
	problem(call, 403, STR("this certificate stands for nobody here"));
	return false;
}

bool call_access_stands(const struct call *call, const struct settings *now)
{
	const struct principal *p = call->principal;
	const struct str       *names;
	size_t                  n;
	bool                    given;

	if (!principal_stands(now->principals, p))
		return false;
	if (!p || !str_present(p->san))
		return true;
	names = http_client_names(call->x, &n, &given);
	return principal_of_names(now->principals, names, n) != NULL;
}

bool call_is_trusted(struct call *call)
{
	struct shown shown;

	if (!call_origin_is_known(call))
		return false;
	if (!call->settings->principals)
		return true;
	shown = credentials_shown(call);
	if (!shown.principal && shown.by == SHOWN_TOKEN)
		guesses_count(call->service->guesses, call->x->peer, http_clock());
	return shown.principal && shown.principal->namespaces.n == 0;
}

bool call_access_authorise(struct call *call)
{
	const struct principal *p = call->principal;

	if (!p)
		return true;
	if (p->scope < call->route->scope) {
		problem(call, 403, STR("these credentials do not go so far"));
		http_add_header(call->x, "WWW-Authenticate",
		                STR("Bearer realm=\"callout\", error=\"insufficient_scope\""));
		return false;
	}
	if (strncmp(call->route->path, "/v1/namespaces/{namespace}", 26) == 0 &&
	    !principal_reaches(p, call->parameters[0])) {
		problem(call, 403, STR("these credentials do not reach this namespace"));
		return false;
	}
	return true;
}
