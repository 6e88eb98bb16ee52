/* api_input.h - what a call of the API says: the name in its path, its query, its body. */
#ifndef REDIRECTOR_API_INPUT_H
#define REDIRECTOR_API_INPUT_H
#include "redirector/api_call.h"

/* Fills call->argument and call->parameters, which borrow from call->text. On failure call->problem is set, or
 * JALON_NO_MEMORY. */
CHECKED int api_input_address(struct api_call *call);
/* Fills call->input. On failure call->problem is set. */
CHECKED int api_input_body(struct api_call *call);
#endif
