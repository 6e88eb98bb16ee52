/* post_thing.h - a stored post as the world sees it. */
#ifndef REGISTRY_POST_THING_H
#define REGISTRY_POST_THING_H
#include "core/registry/post_view.h"

#include <jansson.h>

CHECKED int post_thing(const struct post_view *post, json_t **ret_thing);
#endif
