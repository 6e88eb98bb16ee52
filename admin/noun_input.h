/* noun_input.h - the options of an `add` or `set` as the JSON that the registry takes. */
#ifndef ADMIN_NOUN_INPUT_H
#define ADMIN_NOUN_INPUT_H
#include "admin/session.h"

/* Typed by the table of the command's noun. In a `set`, an empty value is null: it takes the field away.
 * A value that is not of its kind is wrong usage. The caller ends *ret_input with json_decref(). */
CHECKED int noun_input(struct session *session, json_t **ret_input);
#endif
