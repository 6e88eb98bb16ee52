/* problem.h - what is wrong with a request and what to do about it, in words for its sender: the body
 * of an RFC 9457 answer, the message of a command, the report of an import's bad row. */
#ifndef BASE_PROBLEM_H
#define BASE_PROBLEM_H
#include "core/base/slice.h"

#define PROBLEM_FIELDS_MAX 8

/* Kind, HTTP status, title. */
#define PROBLEM_KINDS(X)                                                                           \
    X(NONE, 200, "No problem")                                                                     \
    X(MALFORMED, 400, "Malformed request")                                                         \
    X(UNAUTHORIZED, 401, "Token missing or unknown")                                               \
    X(FORBIDDEN, 403, "Token lacks the scope")                                                     \
    X(NOT_FOUND, 404, "Not found")                                                                 \
    X(METHOD, 405, "Method not allowed")                                                           \
    X(CONFLICT, 409, "Conflict")                                                                   \
    X(TOO_LARGE, 413, "Content too large")                                                         \
    X(MEDIA_TYPE, 415, "Unsupported media type")                                                   \
    X(INVALID, 422, "Invalid content")                                                             \
    X(INTERNAL, 500, "Internal error")                                                             \
    X(UNAVAILABLE, 503, "Store unavailable")

enum problem_kind {
#define PROBLEM_KIND_NAME(name, status, title) PROBLEM_##name,
    PROBLEM_KINDS(PROBLEM_KIND_NAME)
#undef PROBLEM_KIND_NAME
};

struct problem_field {
    char pointer[64]; /* RFC 6901, e.g. "/target" */
    char detail[192]; /* what is wrong and what to write instead */
};

struct problem {
    enum problem_kind kind;
    char detail[320];
    size_t field_count; /* at most PROBLEM_FIELDS_MAX; further ones are left out */
    struct problem_field fields[PROBLEM_FIELDS_MAX];
};

void problem_init(struct problem *problem); /* PROBLEM_NONE */

/* Each sets the kind and words, and returns the error code that goes with the kind, so that
 * `return problem_set(...)` reads well. Text is cut to fit, at a character's border. */
int problem_set(struct problem *problem, enum problem_kind kind, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* Adds a field that is wrong; the kind becomes PROBLEM_INVALID unless one is set. JALON_INVALID. */
int problem_field(struct problem *problem, const char *name, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* The problem for an error code that came without words (an unavailable store, no memory, …). */
int problem_from_error(struct problem *problem, int error);

int problem_status(const struct problem *problem);        /* HTTP status */
const char *problem_title(const struct problem *problem); /* static */
#endif
