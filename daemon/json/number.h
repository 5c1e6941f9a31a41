/* number.h - doubles and the one text that every reader takes for them. */
#ifndef CALLOUT_JSON_NUMBER_H
#define CALLOUT_JSON_NUMBER_H

#include "base/str.h"

struct arena;

/* Decimal text: a sign or none, digits with at most one point among, before or behind them, an exponent or none.
 * True: *ret is the nearest double, however many digits there are. False: other text, or past the largest double.
 * What is too small for a double becomes 0. */
bool number_parse_double(struct str, double *ret);

/* The shortest of 15 to 17 digits that reads back as d, in a form that JSON, PyYAML (YAML 1.1) and goyaml all take for
 * that number. Without a point it is a whole number below 1e15, which is a NODE_INT: "1000"; all else has a
 * point, and an exponent has a sign: "0.5", "-0.0", "1.0e+21". Not finite: YAML's ".inf", "-.inf", ".nan". */
struct str number_canonical(struct arena *, double d);

#endif
