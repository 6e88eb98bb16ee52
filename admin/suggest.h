/* suggest.h - "did you mean": the known word that is closest to one that was mistyped. */
#ifndef ADMIN_SUGGEST_H
#define ADMIN_SUGGEST_H
#include "core/base/slice.h"

#define SUGGEST_WORD_MAX 40

struct suggestion {
    struct slice word; /* what was typed */
    const char *best;  /* NULL while nothing is close enough */
    size_t distance;
};

void suggestion_init(struct suggestion *suggestion, struct slice word);
void suggestion_try(struct suggestion *suggestion, const char *known); /* borrowed for good */
#endif
