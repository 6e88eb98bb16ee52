/* problem_json.h - a problem as application/problem+json (RFC 9457), without a JSON library: it is written where there is
 * no memory to spare, too. */
#ifndef REDIRECTOR_PROBLEM_JSON_H
#define REDIRECTOR_PROBLEM_JSON_H
#include "core/base/buffer.h"
#include "core/base/problem.h"

#define PROBLEM_JSON_MAX 16384 /* every problem fits, each of its bytes escaped */

void problem_json_write(struct buffer *out, int status, const char *title,
                        const struct problem *problem);
#endif
