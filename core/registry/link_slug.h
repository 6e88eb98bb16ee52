/* link_slug.h - vanity links: which names are free for people to choose. */
#ifndef REGISTRY_LINK_SLUG_H
#define REGISTRY_LINK_SLUG_H
#include "core/base/problem.h"

#define LINK_SLUG_MAX 64

/* 12 characters of base62: a signed code and nothing else. */
bool link_slug_is_signed_shape(struct slice text);
/* One of our own paths. */
bool link_slug_is_ours(struct slice slug);

/* Lower case, and without what a sentence leaves behind a link (a trailing / . , or bracket). JALON_MALFORMED
 * when that is no vanity link's shape. */
CHECKED int link_slug_fold(char ret_slug[LINK_SLUG_MAX + 1], struct slice text);

/* As link_slug_fold() for a name that is to be registered; refused with a suggestion, field "slug". */
CHECKED int link_slug_choose(char ret_slug[LINK_SLUG_MAX + 1], struct slice text,
                             struct problem *problem);
/* "SLUG-2", "SLUG-3", …: attempt from 2 on, cut to fit. */
void link_slug_suggest(char ret_slug[LINK_SLUG_MAX + 1], struct slice slug, unsigned attempt);
#endif
