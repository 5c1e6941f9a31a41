/* san.h - subject alternative names of client certificates: "DNS:…", "URI:…", "email:…", "IP:…", or without a type one of any. */
#ifndef CALLOUT_SERVE_SAN_H
#define CALLOUT_SERVE_SAN_H

#include "base/str.h"

struct arena;

/* One as somebody wrote it, in the one form that it is compared in: an address has many, and the letters of a DNS name no case. False:
 * no certificate can have it. */
bool san_read(struct arena *, struct str given, struct str *ret);

/* Is it this name, which a certificate has and which carries its type? */
bool san_is(struct str san, struct str name);

#endif
