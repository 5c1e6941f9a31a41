/* decoding.h - what the files that decode fields share: the state of one decoding, and a decoder for each type of field.
 *
 * fields.c walks an object by its table, whose rows and words field_rows.c finds; decode_scalar.c and decode_list.c read the values of
 * its fields; decode_fault.c words the findings that they have in common, and field_help.c the way out of them.
 */
#ifndef CALLOUT_MANIFEST_DECODING_H
#define CALLOUT_MANIFEST_DECODING_H

#include "manifest/fields.h"

struct decoder {
	struct arena        *arena;
	struct diags        *diags;
	bool                 ok;     /* no error was added */
	const struct object *object; /* that is being decoded */
};

/* Compares the first letters before calling strncmp: most names differ in them. */
static inline bool field_name_is(const char *name, struct str s)
{
	return s.n && name[0] == s.p[0] && strncmp(name, s.p, s.n) == 0 && name[s.n] == '\0';
}

/* ---- decode_fault.c ---- */
/* Adds an error at the node. Never NULL; the caller may add help to it. */
struct diag *decode_refuse(struct decoder *, enum diag_code, const struct node *, const struct str *values, size_t n);
/* Adds the error that the value is not of the field's type. */
void decode_wrong_type(struct decoder *, const struct field *, const struct node *);
/* Adds the error that a bare number or boolean stands where text is wanted, and says what to write instead. */
void decode_bare_scalar(struct decoder *, const struct field *, const struct node *);
/* Adds the error that text is no duration, and how one is written. */
void decode_no_duration(struct decoder *, const struct field *, const struct node *);
/* Adds the error that text is none of the field's words, and the word that was most likely meant. */
void decode_unknown_word(struct decoder *, const struct field *, const struct node *, struct str text);

/* ---- the decoders ----
 * Each stores a value at `at`, the member that enum field_type names. A value that the field cannot take leaves the
 * member as it was and adds an error. */
void decode_string(struct decoder *, const struct field *, const struct node *, void *at);
void decode_bool(struct decoder *, const struct field *, const struct node *, void *at);
void decode_int(struct decoder *, const struct field *, const struct node *, void *at);
void decode_duration(struct decoder *, const struct field *, const struct node *, void *at);
void decode_enum(struct decoder *, const struct field *, const struct node *, void *at);
void decode_strings(struct decoder *, const struct field *, const struct node *, void *at);
void decode_string_map(struct decoder *, const struct field *, const struct node *, void *at);
void decode_tree(struct decoder *, const struct field *, const struct node *, void *at);

/* ---- decode_scalar.c: parts that lists need, too ---- */
/* The text of a string. False: it is something else, and an error was added. */
bool decode_text(struct decoder *, const struct field *, const struct node *, struct str *ret);
/* The same, if the text has the field's length and format. */
bool decode_checked_text(struct decoder *, const struct field *, const struct node *, struct str *ret);
/* 1 + the index of the text among the field's words. 0: it is none of them, and an error was added. */
unsigned decode_word(struct decoder *, const struct field *, const struct node *, struct str text);
/* Stores the field's default_text, which its table says in the form that a document would have. */
void decode_default(const struct field *, void *at);

/* ---- decode_list.c ---- */
/* Is it a list of a length that the field allows? False: an error was added. */
bool decode_is_list(struct decoder *, const struct field *, const struct node *);

#endif
