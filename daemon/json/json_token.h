/* json_token.h - the steps that every walk through a document consists of: to the next token, over a bracket, over a
 * string, over what a bracket opened. */
#ifndef CALLOUT_JSON_JSON_TOKEN_H
#define CALLOUT_JSON_JSON_TOKEN_H

#include "json/json_scanning.h"

/* Passes white space; the byte behind it, or -1 at the end of the input or on failure. */
int json_scan_token(struct json_scan *);

/* The same where the document cannot end: then it fails as truncated. */
static inline int scan_token(struct json_scan *s)
{
	int c;

	if (s->pos < s->limit && s->p[s->pos] > ' ')
		return s->p[s->pos];
	c = json_scan_token(s);
	if (c < 0 && !s->failed)
		json_scan_fail(s, JSON_TRUNCATED, s->pos, NULL);
	return c;
}

/* Passes white space and a colon, which stands behind every key. */
bool json_pass_colon(struct json_scan *);

/* Makes the next value stand at pos; its first byte, or -1: failure, or no value comes here. */
int json_scan_ready(struct json_scan *);

/* Passes the bracket at pos and enters what it opens; a value was ready. */
bool json_pass_open(struct json_scan *);
/* Passes the bracket at pos, which closes what was entered last, or fails. */
bool json_pass_close(struct json_scan *, int c, const char *expected);

/* The functions that pass the value at pos leave the state as it is. */
bool json_pass_string(struct json_scan *);
bool json_pass_nesting(struct json_scan *, struct json_nesting *); /* to behind the bracket that ends it */

#endif
