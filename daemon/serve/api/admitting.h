/* admitting.h - the steps by which a request is admitted, in their order. Each that returns bool has set the answer where it is
 * false. */
#ifndef CALLOUT_SERVE_ADMITTING_H
#define CALLOUT_SERVE_ADMITTING_H

#include "serve/api/routes.h"

/* Gives it the client's X-Request-Id, or one that no other request of this process has, and its traceparent (W3C Trace Context); both go
 * into the answer. */
void call_id_give(struct call *);

/* Host must name this server, and Origin, if there is one, a page that may call it (421, 403), also on loopback, which pages reach as well. */
bool call_origin_judge(struct call *);
/* The same, without an answer. */
bool call_origin_is_known(struct call *);

/* Finds the principal whose token or certificate is shown; true without one where none is needed (401, 403, 429). */
bool call_access_identify(struct call *);
/* Would who was let in be let in with these settings, and the authorities that are in force now? */
bool call_access_stands(const struct call *, const struct settings *now);
/* Does its scope go as far as the route, and does it reach the namespace of its path (403)? */
bool call_access_authorise(struct call *);

/* The answer where there is no such route: 404, 405, or that of OPTIONS. allowed: a bit for each method that the path takes. */
void call_route_refuse(struct call *, unsigned allowed);
/* Chooses the form of the answer by Accept, and judges that of the body (406, 415). */
bool call_route_judge_media(struct call *);
/* Every parameter must be known, come once, and have a value that it takes (400). */
bool call_route_judge_query(struct call *);

#endif
